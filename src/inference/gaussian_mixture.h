#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace ae {

enum class CovarianceType {
  full,      ///< a symmetric matrix for each component
  diagonal,  ///< a variance for each component and dimension
};

/// Σ_k weights_k N(means_k, covariances_k) over Z dimensions.
struct GaussianMixture {
  CovarianceType covariance_type = CovarianceType::full;
  at::Tensor weights;      ///< [K] float64, of sum 1
  at::Tensor means;        ///< [K, Z] float64
  at::Tensor covariances;  ///< [K, Z, Z], or the diagonals, [K, Z]; float64

  int64_t components() const { return means.size(0); }
  int64_t dimensions() const { return means.size(1); }
  /// Number of free parameters.
  int64_t parameters() const;
};

/// Options of an expectation-maximisation (EM); the defaults are scikit-learn's.
struct MixtureOptions {
  CovarianceType covariance_type = CovarianceType::full;
  double regularization = 1e-6;  ///< added to all variances (scikit-learn's reg_covar)
  double tolerance = 1e-3;       ///< change of the mean log-likelihood at convergence, nats
  int64_t iterations = 100;      ///< at most
  int threads = 1;               ///< that share the components; the result does not depend on them
};

struct MixtureFit {
  GaussianMixture mixture;
  double log_likelihood = 0;  ///< of all rows, nats
  double bic = 0;             ///< Bayesian information criterion; less is better
  int64_t iterations = 0;
  bool converged = false;
};

/// Maximisation step: weights, means and covariances of components that rows belong to.
/// @param rows              [N, Z] float64, on the CPU
/// @param responsibilities  [K, N] float64: of each row the probabilities of its components
GaussianMixture mixture_of(const at::Tensor& rows, const at::Tensor& responsibilities,
                           const MixtureOptions& options);

/// EM from a given mixture, as scikit-learn's GaussianMixture.fit().
/// @param rows  [N, Z] float64, finite, on the CPU
/// @throws Error(data) if a covariance is not positive definite in float64
/// Source: Dempster, Laird & Rubin 1977, "Maximum likelihood from incomplete data via the EM
/// algorithm"; BIC: Schwarz 1978, "Estimating the dimension of a model".
MixtureFit fit_gaussian_mixture(const at::Tensor& rows, GaussianMixture start,
                                const MixtureOptions& options);

/// Log-density of rows, nats. [N] float64
/// @param rows  [N, Z] float64, on the CPU
at::Tensor log_density(const GaussianMixture& mixture, const at::Tensor& rows, int threads = 1);

/// Samples of a mixture: sample i depends on i and the seed alone. [count, Z] float32
at::Tensor draw_from_mixture(const GaussianMixture& mixture, int64_t first, int64_t count,
                             uint64_t seed);

}  // namespace ae
