#include <ATen/TensorOperators.h>
#include <ATen/ops/randn.h>

#include <cmath>
#include <numbers>

#include "models/reconstructions/scale.h"

namespace ae::reconstructions {
namespace {

const double kHalfLog2Pi = 0.5 * std::log(2 * std::numbers::pi);

class Gaussian : public LocationScale {
 public:
  using LocationScale::LocationScale;

  at::Tensor per_value(const at::Tensor& output, const at::Tensor& target) const override {
    const at::Tensor sigma = scale(output);
    return ((output - target) / sigma).square().mul(0.5) + (sigma.log() + kHalfLog2Pi);
  }

  /// Squares are summed per feature first: one pass for likelihood and squared error.
  BatchError batch(const at::Tensor& output, const at::Tensor& target) const override {
    const at::Tensor sigma = scale(output);
    const at::Tensor squares = (output - target).square().sum(0);  // [D]
    const auto rows = static_cast<double>(target.size(0));
    const at::Tensor by_feature =
        squares.mul(0.5) / sigma.square() + (sigma.log() + kHalfLog2Pi) * rows;  // [D]
    return {by_feature.sum(), squares.detach().sum()};
  }

  at::Tensor sample(const at::Tensor& output, const at::Generator& generator) const override {
    return output + scale(output) * at::randn(output.sizes(), generator, output.options());
  }
};

class GaussianSpec : public ReconstructionSpec {
 public:
  void visit(OptionVisitor& visitor) override {
    scale_.visit(
        visitor, "sigma",
        "Standard deviation of each feature, in units of the scaled data; initial value if "
        "learned.",
        "least_sigma");
  }
  std::shared_ptr<Reconstruction> build(int64_t features) const override {
    return std::make_shared<Gaussian>(scale_, "sigma", features);
  }
  bool is_likelihood() const override { return true; }

 private:
  ScaleOptions scale_;
};

}  // namespace

PartEntry<ReconstructionSpec> gaussian() {
  return {"gaussian",
          "negative log-likelihood of a Gaussian whose mean is the decoder's output, summed over "
          "features; for continuous data",
          make_part<ReconstructionSpec, GaussianSpec>};
}

}  // namespace ae::reconstructions
