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

/// Logits nearer to 0 than this take series, since there the closed forms are small differences of
/// large numbers. The first terms that the series omit are below 1.1e-14 (log of the integral) and
/// 2.6e-13 (mean); the closed forms lose two bits at the most beyond, so that in float32 both are
/// within 1e-6 everywhere.
constexpr double kSeriesBelow = 0.5;

/// The density of x in [0, 1] is exp(logit * x) over its integral. Near 0 it is computed with x
/// counted from 1/2, so that the integral is even in the logit; far from 0 with x counted from the
/// end that the logit favours, so that nothing of the logit's size is added and taken away.
class Logit {
 public:
  explicit Logit(const at::Tensor& logit) : is_positive_(logit.gt(0)) {
    const at::Tensor size = logit.abs();
    is_near_ = size.lt(kSeriesBelow);
    // Each branch gets a harmless number where the other stands, so that no gradient is 0 * NaN.
    near_ = at::where(is_near_, logit, 0.0);
    far_ = at::where(is_near_, 1.0, size);
    fall_ = far_.neg().expm1();
  }

  /// Minus the log of the density.
  at::Tensor error(const at::Tensor& x) const {
    const at::Tensor s = near_.square();
    const at::Tensor log_integral =
        s * (1.0 / 24 +
             s * (-1.0 / 2880 + s * (1.0 / 181440 + s * (-1.0 / 9676800 + s * (1.0 / 479001600)))));
    const at::Tensor distance = at::where(is_positive_, 1 - x, x);
    return at::where(is_near_, log_integral + near_ * (0.5 - x),
                     (fall_ / far_).neg().log() + far_ * distance);
  }

  /// The mean of x; less x itself, also the derivative of the error by the logit.
  at::Tensor mean() const {
    const at::Tensor s = near_.square();
    const at::Tensor series =
        near_ * (1.0 / 12 + s * (-1.0 / 720 +
                                 s * (1.0 / 30240 + s * (-1.0 / 1209600 + s * (1.0 / 47900160)))));
    const at::Tensor excess = (fall_.reciprocal() + far_.reciprocal() + 0.5).neg();
    return at::where(is_near_, series, at::where(is_positive_, excess, excess.neg())) + 0.5;
  }

 private:
  at::Tensor is_positive_;
  at::Tensor is_near_;
  at::Tensor near_;  // the logit, 0 where it is far
  at::Tensor far_;   // its size, 1 where it is near
  at::Tensor fall_;  // exp(-far) - 1
};

/// The error summed over a batch, and (mean - x)², the difference in which is also the gradient.
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

/// A feature that is always 0, or always 1, draws its logit away without end, though ever more
/// slowly: what that gains is the logarithm of the logit.
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

  /// By halving, as the mean has no inverse in closed form. A feature that is always 0 or always 1
  /// has no logit; it gets one of ±100, of which the mean is 0.01 or 0.99.
  at::Tensor output_for(const at::Tensor& mean) const override {
    const at::Tensor wanted = mean.to(at::kDouble);
    at::Tensor low = at::full_like(wanted, -100);
    at::Tensor high = at::full_like(wanted, 100);
    constexpr int kHalvings = 60;  // more than float64 can tell apart
    for (int i = 0; i < kHalvings; ++i) {
      const at::Tensor middle = (low + high) / 2;
      const at::Tensor is_below = Logit(middle).mean().lt(wanted);
      low = at::where(is_below, middle, low);
      high = at::where(is_below, high, middle);
    }
    return high.to(mean.scalar_type());
  }

  /// By the inverse of the distribution function of a falling density, mirrored for a rising one,
  /// so that no exponential overflows; in float64, as 1 - exp(-|logit|) is soon 1 in float32.
  at::Tensor sample(const at::Tensor& output, const at::Generator& generator) const override {
    const at::Tensor logit = output.to(at::kDouble);
    const at::Tensor uniform = at::rand(logit.sizes(), generator, logit.options());
    const at::Tensor size = logit.abs().clamp_min_(1e-12);  // as good as 0, and not 0 / 0
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
  return {"continuous_bernoulli",
          "minus the log-likelihood of a continuous Bernoulli with the decoder's logits, summed "
          "over features; for values between 0 and 1, of which bernoulli is no density",
          make_part<ReconstructionSpec, ContinuousBernoulliSpec>};
}

}  // namespace ae::reconstructions
