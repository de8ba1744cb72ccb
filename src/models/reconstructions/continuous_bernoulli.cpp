#include <ATen/TensorOperators.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/where.h>
#include <torch/csrc/autograd/custom_function.h>

#include "models/reconstruction.h"

namespace ae::reconstructions {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// |logit| below which Taylor series replace the closed forms, which cancel near 0. The first
/// omitted terms are below 1.1e-14 (log of the integral) and 2.6e-13 (mean); above, the closed
/// forms lose at most two bits, so that both are within 1e-6 everywhere in float32.
constexpr double kSeriesBelow = 0.5;

/// Density exp(logit * x) / integral of x in [0, 1]. For logits near 0, x is measured from 1/2, so
/// that the integral is even in the logit; otherwise from the end with the higher density, so that
/// no terms of the logit's size cancel.
class Logit {
 public:
  explicit Logit(const at::Tensor& logit) : is_positive_(logit.gt(0)) {
    const at::Tensor size = logit.abs();
    is_near_ = size.lt(kSeriesBelow);
    // The branch that is not selected gets a safe input, so that no gradient is 0 * NaN.
    near_ = at::where(is_near_, logit, 0.0);
    far_ = at::where(is_near_, 1.0, size);
    expm1_ = far_.neg().expm1();
  }

  /// Negative log-density.
  at::Tensor error(const at::Tensor& x) const {
    const at::Tensor s = near_.square();
    const at::Tensor log_integral =
        s * (1.0 / 24 +
             s * (-1.0 / 2880 + s * (1.0 / 181440 + s * (-1.0 / 9676800 + s * (1.0 / 479001600)))));
    const at::Tensor distance = at::where(is_positive_, 1 - x, x);
    return at::where(is_near_, log_integral + near_ * (0.5 - x),
                     (expm1_ / far_).neg().log() + far_ * distance);
  }

  /// Mean of x; mean - x is the derivative of error() with respect to the logit.
  at::Tensor mean() const {
    const at::Tensor s = near_.square();
    const at::Tensor series =
        near_ * (1.0 / 12 + s * (-1.0 / 720 +
                                 s * (1.0 / 30240 + s * (-1.0 / 1209600 + s * (1.0 / 47900160)))));
    const at::Tensor excess = (expm1_.reciprocal() + far_.reciprocal() + 0.5).neg();
    return at::where(is_near_, series, at::where(is_positive_, excess, excess.neg())) + 0.5;
  }

 private:
  at::Tensor is_positive_;
  at::Tensor is_near_;
  at::Tensor near_;   // logit, or 0 where !is_near_
  at::Tensor far_;    // |logit|, or 1 where is_near_
  at::Tensor expm1_;  // exp(-far) - 1
};

/// Negative log-likelihood and squared error (mean - x)², each summed over a batch; mean - x is
/// also the gradient.
class SummedContinuousBernoulli : public torch::autograd::Function<SummedContinuousBernoulli> {
 public:
  static variable_list forward(AutogradContext* context, const at::Tensor& output,
                               const at::Tensor& target) {
    const Logit logit(output);
    const at::Tensor difference = logit.mean().sub_(target);  // [B, D]
    context->save_for_backward({difference});
    const at::Tensor sum = logit.error(target).sum();
    const at::Tensor squared_error = difference.square().sum();
    context->mark_non_differentiable({squared_error});
    return {sum, squared_error};
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    return {context->get_saved_variables()[0] * gradients[0], {}};
  }
};

/// The logit of a feature that is always 0, or always 1, diverges, though slowly: the likelihood
/// grows with its logarithm only.
/// Source: Loaiza-Ganem & Cunningham 2019 (arXiv:1907.06845).
class ContinuousBernoulli : public Reconstruction {
 public:
  at::Tensor per_value(const at::Tensor& output, const at::Tensor& target) const override {
    return Logit(output).error(target);
  }
  double feature_weight(int64_t /*features*/) const override { return 1; }

  BatchError batch(const at::Tensor& output, const at::Tensor& target) const override {
    const variable_list sums = SummedContinuousBernoulli::apply(output, target);
    return {sums[0], sums[1]};
  }

  at::Tensor mean(const at::Tensor& output) const override { return Logit(output).mean(); }

  /// Bisection, as the mean has no closed-form inverse. A mean of 0 or 1 has no finite logit and
  /// gets ±100, whose mean is 0.01 or 0.99.
  at::Tensor output_for(const at::Tensor& mean) const override {
    const at::Tensor target = mean.to(at::kDouble);
    at::Tensor low = at::full_like(target, -100);
    at::Tensor high = at::full_like(target, 100);
    constexpr int kHalvings = 60;  // beyond float64 resolution
    for (int i = 0; i < kHalvings; ++i) {
      const at::Tensor middle = (low + high) / 2;
      const at::Tensor is_below = Logit(middle).mean().lt(target);
      low = at::where(is_below, middle, low);
      high = at::where(is_below, high, middle);
    }
    return high.to(mean.scalar_type());
  }

  /// Inverse transform sampling of the density for -|logit|, mirrored for a positive logit, so that
  /// no exponential overflows; in float64, as 1 - exp(-|logit|) soon rounds to 1 in float32.
  at::Tensor sample(const at::Tensor& output, const at::Generator& generator) const override {
    const at::Tensor logit = output.to(at::kDouble);
    const at::Tensor uniform = at::rand(logit.sizes(), generator, logit.options());
    const at::Tensor size = logit.abs().clamp_min_(1e-12);  // avoids 0 / 0
    const at::Tensor falling = (uniform * size.neg().expm1()).log1p_().div_(size).neg_();
    return at::where(logit.gt(0), 1 - falling, falling).to(output.scalar_type());
  }
};

class ContinuousBernoulliSpec : public ReconstructionSpec {
 public:
  std::shared_ptr<Reconstruction> build(int64_t /*features*/) const override {
    return std::make_shared<ContinuousBernoulli>();
  }
  bool has_link() const override { return true; }
  bool is_likelihood() const override { return true; }
  Domain domain() const override { return {.low = 0, .high = 1}; }
};

}  // namespace

PartEntry<ReconstructionSpec> continuous_bernoulli() {
  return {
      "continuous_bernoulli",
      "negative log-likelihood of a continuous Bernoulli with the decoder's logits, summed over "
      "features; for continuous values in [0, 1], where bernoulli is not a density",
      make_part<ReconstructionSpec, ContinuousBernoulliSpec>};
}

}  // namespace ae::reconstructions
