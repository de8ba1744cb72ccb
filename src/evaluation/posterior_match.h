#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>

namespace ae {

/// First two moments of codes: 0 and the identity where the aggregated posterior is a standard
/// normal prior.
struct CodeMoments {
  at::Tensor mean;        ///< [Z] float64
  at::Tensor covariance;  ///< [Z, Z] float64, over N - 1
};

/// @param codes  [N, Z] float32 or float64, on the CPU; N ≥ 2
CodeMoments code_moments(const at::Tensor& codes);

/// Total correlation in nats of a Gaussian, ½(Σ_j log Σ_jj - log det Σ): 0 where its components are
/// independent. disentanglement_lib's gaussian_total_correlation.
/// @param covariance  [Z, Z] float64
/// @return nothing if the covariance is singular within rounding, as for a constant code
/// Source: Watanabe 1960, "Information theoretical analysis of multivariate correlation".
std::optional<double> gaussian_total_correlation(const at::Tensor& covariance);

/// Distance of two distributions by samples of them.
struct KernelDiscrepancy {
  /// Unbiased estimate of MMD²; about 0, and below it as often as above, for equal distributions.
  double squared = 0;
  double bandwidth = 0;  ///< σ of the kernel
};

/// Squared maximum mean discrepancy with the kernel exp(-d² / (2σ²)), where σ² is the median of the
/// squared distances between distinct rows of both samples taken together (median heuristic). The
/// median is over all pairs of up to 2,000 rows of each sample, rows ⌊i N / 2000⌋ if it has more.
/// O((N + M)² Z) time, distances in blocks of rows.
/// @param a        [N, Z] float32 or float64, finite, on the CPU
/// @param b        [M, Z] likewise
/// @param threads  threads that share the blocks; the result does not depend on them
/// @return nothing if a sample has fewer than 2 rows, or if the median is 0
/// Source: Gretton et al. 2012, "A kernel two-sample test", equation 3 and section 8.
std::optional<KernelDiscrepancy> kernel_discrepancy(const at::Tensor& a, const at::Tensor& b,
                                                    int threads = 1);

}  // namespace ae
