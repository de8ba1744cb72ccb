#include <ATen/TensorOperators.h>
#include <ATen/ops/poisson.h>

#include "models/reconstructions/counts.h"

namespace ae::reconstructions {
namespace {

class Poisson : public CountLikelihood {
 public:
  at::Tensor per_value(const at::Tensor& output, const at::Tensor& target) const override {
    const at::Tensor x = target.to(at::kDouble);
    const at::Tensor log_rate = log_mean(output);
    return (log_rate.exp() - x * log_rate + (x + 1).lgamma()).to(output.scalar_type());
  }

  at::Tensor sample(const at::Tensor& output, const at::Generator& generator) const override {
    return at::poisson(mean(output), generator);
  }
};

class PoissonSpec : public CountLikelihoodSpec {
 public:
  std::shared_ptr<Reconstruction> build(int64_t /*features*/) const override {
    return std::make_shared<Poisson>();
  }
};

}  // namespace

PartEntry<ReconstructionSpec> poisson() {
  return {
      "poisson",
      "negative log-likelihood of Poisson counts whose log-mean is the decoder's output, summed "
      "over features; for counts whose variance is near their mean",
      make_part<ReconstructionSpec, PoissonSpec>};
}

}  // namespace ae::reconstructions
