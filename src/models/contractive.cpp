#include "models/contractive.h"

#include <ATen/ops/zeros.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/autograd.h>

namespace ae {

at::Tensor contraction(Autoencoder& model, const at::Tensor& x, const Posterior& posterior,
                       const ForwardContext& context) {
  const at::Tensor derivative = model.code_derivative(posterior.mean);
  if (derivative.defined()) {
    // d code_j / d x_i = derivative_j w_ji
    const at::Tensor weight = model.projection()->weight.narrow(1, 0, x.size(1));
    return derivative.square().matmul(weight.square().sum(1));
  }
  const bool with_graph = c10::GradMode::is_enabled();
  const c10::AutoGradMode grad(true);
  const at::Tensor input = x.detach().requires_grad_(true);
  const at::Tensor code = model.encode(input, context).code();  // [B, Z]
  at::Tensor sum = at::zeros({x.size(0)}, x.options());
  for (int64_t j = 0; j < code.size(1); ++j) {
    // Rows are independent: the gradient of a latent's sum over rows holds each row's gradient.
    const at::Tensor gradient =
        torch::autograd::grad({code.select(1, j).sum()}, {input}, {},
                              /*retain_graph=*/true, /*create_graph=*/with_graph)[0];
    sum = sum + gradient.square().sum(1);
  }
  return with_graph ? sum : sum.detach();
}

}  // namespace ae
