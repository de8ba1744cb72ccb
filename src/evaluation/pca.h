#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <optional>

namespace ae {

/// Principal component analysis: the affine subspace of K dimensions with the least squared
/// reconstruction error on the data it was fitted to. Source: Pearson 1901; Hotelling 1933.
struct Pca {
  at::Tensor mean;        ///< [D] float64
  at::Tensor components;  ///< [D, K] float64, orthonormal columns

  /// Coordinates of rows, in which a missing value (NaN) counts as the mean. [B, D] → [B, K]
  at::Tensor project(const at::Tensor& rows) const;
  /// Squared error summed over features that are not missing, one value per row. [B, D] → [B]
  /// float64
  at::Tensor squared_error(const at::Tensor& rows) const;
};

/// Chunks of rows. Each call of the outer function returns a generator from the first row on.
using RowChunks = std::function<std::function<std::optional<at::Tensor>()>()>;

/// Sizes up to which PCA is exact.
struct PcaOptions {
  int64_t features = 4096;                 ///< D, by the covariance matrix
  int64_t held_values = int64_t{1} << 25;  ///< N · D, by the inner products of rows; 128 MB
};

/// Fits PCA, exactly up to some sizes, else by randomised subspace iteration, whose error is
/// negligible in comparisons with an autoencoder. Deterministic. Missing values (NaN) count as the
/// mean.
/// @param chunks  [n, D] each; read several times
/// @param k       number of components, reduced to min(D, N) if larger
Pca fit_pca(const RowChunks& chunks, int64_t k, const PcaOptions& options = {});

}  // namespace ae
