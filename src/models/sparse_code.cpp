#include "models/sparse_code.h"

#include <ATen/ops/_embedding_bag_dense_backward.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/embedding_bag.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>
#include <torch/csrc/autograd/custom_function.h>

namespace ae {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr int64_t kSum = 0;  // mode of at::embedding_bag

/// Offsets of the bags, one per row of K indices, in the flattened indices. [B]
at::Tensor bag_offsets(const at::Tensor& indices) {
  const int64_t k = indices.size(1);
  return at::arange(0, indices.size(0) * k, k, indices.options());
}

/// Weighted sums of table rows. [B, columns]
at::Tensor weighted_rows(const at::Tensor& table, const at::Tensor& indices,
                         const at::Tensor& weights) {
  return std::get<0>(at::embedding_bag(table, indices.reshape(-1), bag_offsets(indices),
                                       /*scale_grad_by_freq=*/false, kSum, /*sparse=*/false,
                                       weights.reshape(-1)));
}

/// Gradient of weighted_rows() with respect to its table. [rows, columns]
at::Tensor table_gradient(const at::Tensor& gradient, const at::Tensor& indices,
                          const at::Tensor& weights, int64_t rows) {
  const int64_t bags = indices.size(0);
  const int64_t k = indices.size(1);
  const at::Tensor bag_of = at::arange(bags, indices.options()).repeat_interleave(k);
  return at::_embedding_bag_dense_backward(gradient.contiguous(), indices.reshape(-1), bag_of,
                                           at::full({bags}, k, indices.options()),
                                           at::empty({0}, indices.options()), rows,
                                           /*scale_grad_by_freq=*/false, kSum, weights.reshape(-1));
}

class GatherLinear : public torch::autograd::Function<GatherLinear> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& weight,
                            const at::Tensor& /*bias*/, const at::Tensor& linear_output,
                            const at::Tensor& indices) {
    context->save_for_backward({x, weight, indices});
    return linear_output.gather(1, indices);
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const at::Tensor& x = saved[0];
    const at::Tensor& weight = saved[1];
    const at::Tensor& indices = saved[2];
    const at::Tensor gradient = gradients[0].contiguous();
    at::Tensor grad_x;
    if (context->needs_input_grad(0)) grad_x = weighted_rows(weight, indices, gradient);
    at::Tensor grad_weight;
    if (context->needs_input_grad(1)) {
      grad_weight = table_gradient(x, indices, gradient, weight.size(0));
    }
    at::Tensor grad_bias;
    if (context->needs_input_grad(2)) {
      grad_bias = at::zeros({weight.size(0)}, gradient.options())
                      .index_add(0, indices.reshape(-1), gradient.reshape(-1));
    }
    return {grad_x, grad_weight, grad_bias, {}, {}};
  }
};

}  // namespace

at::Tensor SparseCode::dense() const {
  return at::zeros({values.size(0), width}, values.options()).scatter(1, indices, values);
}

at::Tensor sparse_linear(const SparseCode& code, const at::Tensor& weight, const at::Tensor& bias) {
  return weighted_rows(weight.t(), code.indices, code.values) + bias;
}

at::Tensor gather_linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                         const at::Tensor& linear_output, const at::Tensor& indices) {
  return GatherLinear::apply(x, weight, bias, linear_output, indices);
}

}  // namespace ae
