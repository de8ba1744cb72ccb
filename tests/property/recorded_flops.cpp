#include "recorded_flops.h"

#include <ATen/record_function.h>

#include <atomic>
#include <memory>
#include <string_view>

namespace ae {
namespace {

std::atomic<double> counted{0};

double numel(const c10::IValue& value) {
  return value.isTensor() ? static_cast<double>(value.toTensor().numel()) : 0;
}

/// Multiplications of [.., m, k] by [.., k, n].
double product_of(const c10::IValue& a, const c10::IValue& b) {
  return numel(a) * static_cast<double>(b.toTensor().size(-1));
}

/// Multiplications of a convolution by each value of its narrow side: the output, or the input of a
/// transposed one. The weight's first axis is that side's channels.
double weights_of_channel(const c10::IValue& weight) {
  return numel(weight) / static_cast<double>(weight.toTensor().size(0));
}

/// State passed from the start to the end of a convolution, where its inputs are not available.
struct ForwardConvolution : at::ObserverContext {
  explicit ForwardConvolution(double count) : weights(count) {}
  double weights;  // that meet each value of the output
};

void add_multiplications(double multiplications) { counted = counted + 2 * multiplications; }

std::unique_ptr<at::ObserverContext> begin(const at::RecordFunction& function) {
  const std::string_view name = function.name();
  const auto inputs = function.inputs();
  if (name == "aten::mm" || name == "aten::bmm") {
    add_multiplications(product_of(inputs[0], inputs[1]));
  } else if (name == "aten::addmm" || name == "aten::baddbmm") {
    add_multiplications(product_of(inputs[1], inputs[2]));
  } else if (name == "aten::convolution") {
    constexpr size_t kTransposed = 6;
    if (!inputs[kTransposed].toBool()) {
      return std::make_unique<ForwardConvolution>(weights_of_channel(inputs[1]));
    }
    add_multiplications(numel(inputs[0]) * weights_of_channel(inputs[1]));
  } else if (name == "aten::convolution_backward") {
    constexpr size_t kTransposed = 7;
    constexpr size_t kWanted = 10;  // gradients of input, weight and bias
    const c10::IValue& narrow = inputs[inputs[kTransposed].toBool() ? 1 : 0];
    const c10::List<bool> wanted = inputs[kWanted].toBoolList();
    add_multiplications(numel(narrow) * weights_of_channel(inputs[2]) *
                        (static_cast<double>(wanted[0]) + static_cast<double>(wanted[1])));
  }
  return nullptr;
}

void end(const at::RecordFunction& function, at::ObserverContext* context) {
  const auto* convolution = dynamic_cast<const ForwardConvolution*>(context);
  if (convolution == nullptr) return;
  add_multiplications(numel(function.outputs().front()) * convolution->weights);
}

}  // namespace

double recorded_flops(const std::function<void()>& work) {
  counted = 0;
  const at::CallbackHandle handle = at::addGlobalCallback(at::RecordFunctionCallback(&begin, &end)
                                                              .needsInputs(true)
                                                              .needsOutputs(true)
                                                              .scopes({at::RecordScope::FUNCTION}));
  work();
  at::removeCallback(handle);
  return counted;
}

}  // namespace ae
