#include "engine/matmul_throughput.h"

#include <ATen/ops/mm.h>
#include <ATen/ops/randn.h>
#include <ATen/record_function.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <atomic>
#include <string_view>

#include "core/aligned_vector.h"
#include "core/clock.h"
#include "engine/device.h"
#include "kernels/gemm.h"

namespace ae {
namespace {

std::atomic<double> counted{0};

double numel(const c10::IValue& value) {
  return value.isTensor() ? static_cast<double>(value.toTensor().numel()) : 0;
}

/// Multiply-adds of [.., m, k] times [.., k, n].
double matmul_multiplications(const c10::IValue& a, const c10::IValue& b) {
  return numel(a) * static_cast<double>(b.toTensor().size(-1));
}

/// Multiply-adds of a convolution per value of its output, or per value of the input of a
/// transposed one. The weight's first axis is the channels of that side.
double weights_per_channel(const c10::IValue& weight) {
  return numel(weight) / static_cast<double>(weight.toTensor().size(0));
}

/// State passed from the start to the end of a convolution, where its inputs are not available.
struct ForwardConvolution : at::ObserverContext {
  explicit ForwardConvolution(double count) : weights(count) {}
  double weights;  // multiply-adds per output value
};

void add_multiplications(double multiplications) { counted = counted + 2 * multiplications; }

std::unique_ptr<at::ObserverContext> begin(const at::RecordFunction& function) {
  const std::string_view name = function.name();
  const auto inputs = function.inputs();
  if (name == "aten::mm" || name == "aten::bmm") {
    add_multiplications(matmul_multiplications(inputs[0], inputs[1]));
  } else if (name == "aten::addmm" || name == "aten::baddbmm") {
    add_multiplications(matmul_multiplications(inputs[1], inputs[2]));
  } else if (name == "aten::convolution") {
    constexpr size_t kTransposed = 6;
    if (!inputs[kTransposed].toBool()) {
      return std::make_unique<ForwardConvolution>(weights_per_channel(inputs[1]));
    }
    add_multiplications(numel(inputs[0]) * weights_per_channel(inputs[1]));
  } else if (name == "aten::convolution_backward") {
    constexpr size_t kTransposed = 7;
    constexpr size_t kOutputMask = 10;  // gradients of input, weight and bias
    const c10::IValue& narrow = inputs[inputs[kTransposed].toBool() ? 1 : 0];
    const c10::List<bool> output_mask = inputs[kOutputMask].toBoolList();
    add_multiplications(
        numel(narrow) * weights_per_channel(inputs[2]) *
        (static_cast<double>(output_mask[0]) + static_cast<double>(output_mask[1])));
  }
  return nullptr;
}

void end(const at::RecordFunction& function, at::ObserverContext* context) {
  const auto* convolution = dynamic_cast<const ForwardConvolution*>(context);
  if (convolution == nullptr) return;
  add_multiplications(numel(function.outputs().front()) * convolution->weights);
}

/// Minimum seconds of a call of work(), over repeated calls.
template <class Work>
double min_seconds(const Work& work) {
  constexpr double kMeasuringSeconds = 0.4;
  work();
  double minimum = 1e9;
  for (const double begin = monotonic_seconds(); monotonic_seconds() < begin + kMeasuringSeconds;) {
    const double start = monotonic_seconds();
    work();
    minimum = std::min(minimum, monotonic_seconds() - start);
  }
  return minimum;
}

template <class T>
double cpu_limit(ThreadTeam& team) {
  constexpr int64_t kSize = 768;
  constexpr auto kValues = static_cast<size_t>(kSize * kSize);
  const auto threads = static_cast<size_t>(team.size());
  const AlignedVector<T> a(kValues, T(0.5));
  std::vector<AlignedVector<T>> out(threads, AlignedVector<T>(kValues));
  const double seconds = min_seconds([&] {
    team.run([&](int rank) {
      gemm(kSize, kSize, kSize, {a.data(), kSize}, {a.data(), kSize}, /*accumulate=*/false,
           out[static_cast<size_t>(rank)].data(), kSize);
    });
  });
  return 2 * static_cast<double>(kValues) * kSize * static_cast<double>(threads) / seconds;
}

}  // namespace

double count_matmul_flops(const std::function<void()>& work) {
  counted = 0;
  const at::CallbackHandle handle = at::addGlobalCallback(at::RecordFunctionCallback(&begin, &end)
                                                              .needsInputs(true)
                                                              .needsOutputs(true)
                                                              .scopes({at::RecordScope::FUNCTION}));
  work();
  at::removeCallback(handle);
  return counted;
}

double matmul_limit(at::Device device, at::ScalarType type, ThreadTeam& team) {
  const c10::NoGradGuard no_grad;
  if (device.is_cpu()) {
    return type == at::kDouble ? cpu_limit<double>(team) : cpu_limit<float>(team);
  }
  constexpr int64_t kSize = 4096;
  const at::Tensor a = at::randn({kSize, kSize}, at::dtype(type).device(device));
  const double seconds = min_seconds([&] {
    at::mm(a, a);
    synchronize(device);
  });
  return 2 * static_cast<double>(kSize * kSize) * kSize / seconds;
}

}  // namespace ae
