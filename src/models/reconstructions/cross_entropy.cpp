#include "models/reconstructions/cross_entropy.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Reduction.h>
#include <ATen/ops/binary_cross_entropy_with_logits.h>
#include <ATen/ops/softplus.h>
#include <torch/csrc/autograd/custom_function.h>

namespace ae {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// Cross-entropy softplus(o) - x o and squared error (sigmoid(o) - x)², each summed over a batch;
/// sigmoid(o) - x is also the gradient. Half the memory passes of separate operations.
class SummedCrossEntropy : public torch::autograd::Function<SummedCrossEntropy> {
 public:
  static variable_list forward(AutogradContext* context, const at::Tensor& output,
                               const at::Tensor& target) {
    const at::Tensor difference = output.sigmoid().sub_(target);  // [B, D]
    const at::Tensor flat = difference.view(-1);
    context->save_for_backward({difference});
    const at::Tensor sum = at::softplus(output).sum() - output.reshape(-1).dot(target.reshape(-1));
    const at::Tensor squared_error = flat.dot(flat);
    context->mark_non_differentiable({squared_error});
    return {sum, squared_error};
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    return {context->get_saved_variables()[0] * gradients[0], {}};
  }
};

}  // namespace

Reconstruction::BatchError CrossEntropy::batch(const at::Tensor& output,
                                               const at::Tensor& target) const {
  const variable_list sums = SummedCrossEntropy::apply(output, target);
  const double weight = feature_weight(target.size(1));
  return {weight == 1 ? sums[0] : sums[0] * weight, sums[1]};
}

at::Tensor CrossEntropy::per_value(const at::Tensor& output, const at::Tensor& target) const {
  return at::binary_cross_entropy_with_logits(output, target, {}, {}, at::Reduction::None);
}

at::Tensor CrossEntropy::output_for(const at::Tensor& mean) const {
  // Clamped: a mean of 0 or 1 has no finite logit.
  return mean.logit(1e-3);
}

}  // namespace ae
