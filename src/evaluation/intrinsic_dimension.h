#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>

namespace ae {

/// Intrinsic dimension of rows by their two nearest neighbours: the ratio of each row's second to
/// its first nearest distance has a Pareto distribution whose exponent is the dimension.
struct IntrinsicDimension {
  /// (n - 1) / Σ log ratio, the unbiased maximum likelihood estimate: scikit-dimension's
  /// TwoNN(method="mle", discard_fraction=0).
  double maximum_likelihood = 0;
  /// Slope through the origin of -log(1 - F) against log ratio, without the largest 10 % of the
  /// ratios; F is the empirical distribution function. The article's estimate, and
  /// scikit-dimension's TwoNN().
  double linear_fit = 0;
  int64_t rows = 0;        ///< n, rows that are used
  int64_t duplicates = 0;  ///< rows left out, as an equal row makes their ratio undefined
};

/// Two-nearest-neighbours estimates under Euclidean distance, exact. O(N² D) time, distances in
/// blocks of rows.
/// @param rows     [N, D] float32 or float64, finite, on the CPU
/// @param threads  threads that share the blocks; the result does not depend on them
/// @return nothing if fewer than 3 rows are used, or if all of their ratios are 1, as on a grid
/// Source: Facco et al. 2017, "Estimating the intrinsic dimension of datasets by a minimal
/// neighborhood information" (arXiv:1803.06992); Denti et al. 2022 for the maximum likelihood.
std::optional<IntrinsicDimension> intrinsic_dimension(const at::Tensor& rows, int threads = 1);

}  // namespace ae
