#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace ae {

/// Batch of sparse codes: K of Z values per row.
struct SparseCode {
  at::Tensor indices;  ///< [B, K] int64, distinct within a row
  at::Tensor values;   ///< [B, K]
  int64_t width = 0;   ///< Z

  /// [B, Z]
  at::Tensor dense() const;
};

/// code · weightᵀ + bias; forward and backward read K of Z columns per row.
/// @param weight  [out, Z], its columns contiguous in memory
/// @param bias    [out]
/// @return        [B, out]
at::Tensor sparse_linear(const SparseCode& code, const at::Tensor& weight, const at::Tensor& bias);

/// Gathers values of x · weightᵀ + bias, computed before, with a sparse backward pass: gradients
/// cost K of Z outputs per row.
/// @param x              [B, F]
/// @param weight         [Z, F]
/// @param bias           [Z]
/// @param linear_output  [B, Z] x · weightᵀ + bias, detached
/// @param indices        [B, K]
/// @return               [B, K] values at the indices
at::Tensor gather_linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                         const at::Tensor& linear_output, const at::Tensor& indices);

}  // namespace ae
