#pragma once

#include "models/reconstruction.h"

namespace ae {

/// Likelihoods of counts whose mean is the exponential of the output: what poisson and
/// negative_binomial have in common.
///
/// Above outputs of ln(2^24) = 16.6 the mean goes on as the exponential's tangent: a network that
/// has learned nothing yet may give any output, and neither the mean nor the gradient, which still
/// draws the output down, may overflow. No count is up there: from 2^24 on, float32 does not hold
/// all whole numbers.
class CountLikelihood : public Reconstruction {
 public:
  double feature_weight(int64_t /*features*/) const override { return 1; }
  at::Tensor mean(const at::Tensor& output) const override;
  /// A mean below 1e-6, as of a feature that is always 0, is taken for 1e-6.
  at::Tensor output_for(const at::Tensor& mean) const override;

 protected:
  /// The logarithm of the mean. In float64: of a count x, the likelihood is a difference of terms
  /// of the size of x ln x, from which float32 would leave little.
  static at::Tensor log_mean(const at::Tensor& output);
};

class CountLikelihoodSpec : public ReconstructionSpec {
 public:
  bool has_link() const override { return true; }
  bool is_likelihood() const override { return true; }
  Domain domain() const override { return {.low = 0, .whole = true}; }
};

}  // namespace ae
