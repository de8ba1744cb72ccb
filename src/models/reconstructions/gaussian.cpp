#include <ATen/TensorOperators.h>
#include <ATen/ops/normal.h>

#include <cmath>
#include <numbers>

#include "models/reconstruction.h"

namespace ae::reconstructions {
namespace {

class Gaussian : public Reconstruction {
 public:
  explicit Gaussian(double sigma) : sigma_(sigma) {}
  at::Tensor per_value(const at::Tensor& output, const at::Tensor& target) const override {
    const double constant = std::log(sigma_) + 0.5 * std::log(2 * std::numbers::pi);
    return (output - target).square().mul(0.5 / (sigma_ * sigma_)).add(constant);
  }
  double feature_weight(int64_t /*features*/) const override { return 1; }
  at::Tensor sample(const at::Tensor& output, const at::Generator& generator) const override {
    return at::normal(output, sigma_, generator);
  }

 private:
  double sigma_;
};

class GaussianSpec : public ReconstructionSpec {
 public:
  void visit(OptionVisitor& visitor) override {
    visitor.option("sigma", sigma_, above(0), "Standard deviation, the same for all features.");
  }
  std::shared_ptr<Reconstruction> build(int64_t /*features*/) const override {
    return std::make_shared<Gaussian>(sigma_);
  }
  bool is_likelihood() const override { return true; }

 private:
  double sigma_ = 1;
};

}  // namespace

PartEntry<ReconstructionSpec> gaussian() {
  return {
      "gaussian",
      "minus the log-likelihood of a Gaussian around the decoder's output, summed over features",
      make_part<ReconstructionSpec, GaussianSpec>};
}

}  // namespace ae::reconstructions
