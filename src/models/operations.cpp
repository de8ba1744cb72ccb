#include "models/operations.h"

#include <algorithm>

namespace ae {
namespace {

bool has_parameters(const op::Kind& kind) {
  return std::holds_alternative<op::Affine>(kind) ||
         std::holds_alternative<op::Convolution>(kind) ||
         std::holds_alternative<op::Normalization>(kind) ||
         std::holds_alternative<op::Subtract>(kind);
}

/// Multiplications of a forward pass with one row.
double multiplications(const op::Kind& kind) {
  if (const auto* affine = std::get_if<op::Affine>(&kind)) {
    return static_cast<double>(affine->weight.numel());
  }
  if (const auto* convolution = std::get_if<op::Convolution>(&kind)) {
    // Each position of the side that the kernel does not slide over meets all weights.
    const auto positions = [&](const op::Convolution::Axis& axis) {
      return static_cast<double>(convolution->transposed ? axis.input : axis.output);
    };
    return positions(convolution->height) * positions(convolution->width) *
           static_cast<double>(convolution->weight.numel());
  }
  return 0;
}

}  // namespace

Operations::Operations(std::vector<int64_t> row) : values_{{.shape = row}, {.shape = row}} {}

ValueId Operations::add(op::Kind kind, std::string name, std::vector<ValueId> inputs,
                        std::vector<int64_t> shape) {
  ValueInfo output{.shape = std::move(shape), .needs_gradient = has_parameters(kind)};
  for (const ValueId input : inputs) {
    ValueInfo& info = values_[index(input)];
    output.copies = std::max(output.copies, info.copies);
    output.needs_gradient |= info.needs_gradient;
    if (std::holds_alternative<op::TopK>(kind)) info.sparsely_used = true;
  }
  if (const auto* sample = std::get_if<op::GaussianSample>(&kind)) output.copies = sample->samples;
  output.sparse = std::holds_alternative<op::TopK>(kind);
  values_.push_back(std::move(output));
  const auto id = static_cast<ValueId>(values_.size() - 1);
  operations_.push_back({std::move(kind), std::move(name), section_, std::move(inputs), id});
  return id;
}

double Operations::flops() const {
  double all = 0;
  for (const Operation& operation : operations_) {
    if (operation.inputs.empty()) continue;
    const ValueInfo& input = values_[index(operation.inputs.front())];
    const ValueInfo& output = values_[index(operation.output)];
    if (input.sparse) continue;
    // Forward, the weight's gradient, and the input's where something before it learns.
    const int passes = output.sparsely_used ? 1 : input.needs_gradient ? 3 : 2;
    all += 2.0 * passes * static_cast<double>(input.copies) * multiplications(operation.kind);
  }
  return all;
}

}  // namespace ae
