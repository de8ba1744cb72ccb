#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <optional>

namespace ae {

/// Principal component analysis: the affine subspace of some dimension that loses least squared
/// error on the data that it was fitted to. Source: Pearson 1901; Hotelling 1933.
struct Pca {
  at::Tensor mean;        ///< [D] float64
  at::Tensor components;  ///< [D, K] float64, orthonormal columns

  /// Squared error summed over features, one value per row. [B, D] → [B] float64
  at::Tensor squared_error(const at::Tensor& rows) const;
};

/// Portions of rows, from the first again at each call of the outer function.
using RowChunks = std::function<std::function<std::optional<at::Tensor>()>()>;

/// Exact, by the covariance matrix, up to 4,096 features; above that by subspace iteration, whose
/// error is far below what an autoencoder is compared by.
/// @param chunks  [n, D] each; passed over several times
/// @param k         components, cut to what the data can have
Pca fit_pca(const RowChunks& chunks, int64_t k);

}  // namespace ae
