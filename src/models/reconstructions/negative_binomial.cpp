#include <ATen/TensorOperators.h>
#include <ATen/ops/_standard_gamma.h>
#include <ATen/ops/log_sigmoid.h>
#include <ATen/ops/poisson.h>
#include <ATen/ops/softplus.h>
#include <ATen/ops/zeros.h>

#include <string>
#include <vector>

#include "models/reconstructions/counts.h"

namespace ae::reconstructions {
namespace {

/// Bounds on the log of the inverse dispersion, which diverges for data whose variance does not
/// exceed the mean; at the upper bound the likelihood is Poisson but for a variance larger by
/// mean² / 3e6.
constexpr double kMinLogTheta = -10;
constexpr double kMaxLogTheta = 15;

/// Negative binomial (gamma-Poisson mixture) with mean m and inverse dispersion theta; its variance
/// is m + m² / theta.
/// Source: Lopez et al. 2018, "Deep generative modeling for single-cell transcriptomics"
/// (doi:10.1038/s41592-018-0229-2), parametrised as in scvi-tools.
class NegativeBinomial : public CountLikelihood {
 public:
  explicit NegativeBinomial(int64_t dispersions)
      : log_theta_(
            register_parameter("log_inverse_dispersion", at::zeros({dispersions}, at::kFloat))) {}

  at::Tensor per_value(const at::Tensor& output, const at::Tensor& target) const override {
    const at::Tensor x = target.to(at::kDouble);
    const at::Tensor log_theta = bounded_log_theta(output);
    const at::Tensor theta = log_theta.exp();  // [1] or [D]
    const at::Tensor logit = log_mean(output) - log_theta;
    const at::Tensor constant = theta.lgamma() + (x + 1).lgamma() - (x + theta).lgamma();
    return (constant - x * at::log_sigmoid(logit) - theta * at::log_sigmoid(-logit))
        .to(output.scalar_type());
  }

  at::Tensor sample(const at::Tensor& output, const at::Generator& generator) const override {
    const at::Tensor theta = bounded_log_theta(output).exp().expand(output.sizes()).contiguous();
    const at::Tensor rate = at::_standard_gamma(theta, generator) / theta * log_mean(output).exp();
    return at::poisson(rate, generator).to(output.scalar_type());
  }

 private:
  /// Soft clamp of the log inverse dispersion, within 5e-5 of the identity in the middle; in
  /// float64, on the output's device. [1] or [D] Source: Chua et al. 2018 (arXiv:1805.12114),
  /// appendix A.1.
  at::Tensor bounded_log_theta(const at::Tensor& output) const {
    const at::Tensor given = log_theta_.to(output.options().dtype(at::kDouble));
    return kMinLogTheta +
           at::softplus(kMaxLogTheta - at::softplus(kMaxLogTheta - given) - kMinLogTheta);
  }

  at::Tensor log_theta_;
};

class NegativeBinomialSpec : public CountLikelihoodSpec {
 public:
  void visit(OptionVisitor& visitor) override {
    static const std::vector<std::string> kDispersions = {"per_feature", "learned"};
    visitor.choice(
        "dispersion", dispersion_, kDispersions,
        "Learned inverse dispersion theta (variance = mean + mean^2 / theta): one per "
        "feature (per_feature), or one for all features (learned), for small data sets.");
  }
  std::shared_ptr<Reconstruction> build(int64_t features) const override {
    return std::make_shared<NegativeBinomial>(dispersion_ == "learned" ? 1 : features);
  }

 private:
  std::string dispersion_ = "per_feature";
};

}  // namespace

PartEntry<ReconstructionSpec> negative_binomial() {
  return {"negative_binomial",
          "negative log-likelihood of negative binomial counts whose log-mean is the decoder's "
          "output, summed over features; for overdispersed counts",
          make_part<ReconstructionSpec, NegativeBinomialSpec>};
}

}  // namespace ae::reconstructions
