#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace ae {

/// Codes of which few values are not 0.
struct SparseCode {
  at::Tensor indices;  ///< [B, K] int64: which latents; no latent twice in a row
  at::Tensor values;   ///< [B, K]
  int64_t width = 0;   ///< Z

  /// [B, Z]
  at::Tensor dense() const;
};

/// codes · weightᵀ + bias, at the cost of K of Z columns, and so its gradients.
/// @param weight  [out, Z], its columns contiguous in memory
/// @param bias    [out]
/// @return        [B, out]
at::Tensor sparse_linear(const SparseCode& code, const at::Tensor& weight, const at::Tensor& bias);

/// Some values of x · weightᵀ + bias, the product of which is at hand already; the gradients cost
/// what K of Z values cost.
/// @param x        [B, F]
/// @param weight   [Z, F]
/// @param bias     [Z]
/// @param product  [B, Z] x · weightᵀ + bias, without a graph
/// @param indices  [B, K]
/// @return         [B, K] the values at the indices
at::Tensor chosen_values(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                         const at::Tensor& product, const at::Tensor& indices);

}  // namespace ae
