#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "models/latent.h"

namespace ae {

/// Statistics of each latent over many rows, accumulated in float64.
class LatentStatistics {
 public:
  void add(const Posterior& posterior);

  int64_t rows() const { return rows_; }
  /// Fraction of the rows in which each latent is non-zero. [Z]
  at::Tensor density() const { return active_ / static_cast<double>(rows_); }
  /// Variance of each latent's code (posterior mean) over the rows. [Z]
  at::Tensor variance() const;
  /// KL divergence of each latent, mean over the rows; undefined if deterministic. [Z] nats
  at::Tensor kl() const;
  /// KL divergence from the prior of the aggregated posterior, the mixture of all rows' posteriors,
  /// taken as a normal distribution with its mean and variance: about 0 if the rows' codes together
  /// look like samples from the prior. Undefined if deterministic. [Z] nats
  /// Source: Hoffman & Johnson 2016, "ELBO surgery".
  at::Tensor aggregated_kl() const;
  /// Latents whose variance() is above 0.01. Source: Burda et al. 2015 (arXiv:1509.00519),
  /// section 5.2.
  int64_t active_units() const;

 private:
  int64_t rows_ = 0;
  at::Tensor active_;   // [Z] float64, as the tensors below
  at::Tensor sum_;      // of the code
  at::Tensor squares_;  // of the code
  at::Tensor kl_;
  at::Tensor noise_;  // of the posterior's variance
};

}  // namespace ae
