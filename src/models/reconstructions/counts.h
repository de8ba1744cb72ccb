#pragma once

#include "models/reconstruction.h"

namespace ae {

/// Base of count likelihoods (poisson, negative_binomial), whose mean is the exponential of the
/// output (log link).
///
/// Above outputs of ln(2^24) = 16.6 the mean continues linearly, along the exponential's tangent,
/// so that neither mean nor gradient overflows for the arbitrary outputs of an untrained network;
/// the gradient still points down. Counts are not affected: float32 cannot represent all integers
/// above 2^24.
class CountLikelihood : public Reconstruction {
 public:
  double feature_weight(int64_t /*features*/) const override { return 1; }
  at::Tensor mean(const at::Tensor& output) const override;
  /// Clamps the mean to at least 1e-6, as for a feature that is always 0.
  at::Tensor output_for(const at::Tensor& mean) const override;

 protected:
  /// Log of the mean, in float64: terms of size x ln x cancel in the likelihood of a count x, which
  /// would lose most digits in float32.
  static at::Tensor log_mean(const at::Tensor& output);
};

class CountLikelihoodSpec : public ReconstructionSpec {
 public:
  bool has_link() const override { return true; }
  bool is_likelihood() const override { return true; }
  Domain domain() const override { return {.low = 0, .whole = true}; }
};

}  // namespace ae
