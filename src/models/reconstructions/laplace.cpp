#include <ATen/TensorOperators.h>
#include <ATen/ops/rand.h>

#include <limits>

#include "models/reconstructions/scale.h"

namespace ae::reconstructions {
namespace {

class Laplace : public LocationScale {
 public:
  using LocationScale::LocationScale;

  at::Tensor per_value(const at::Tensor& output, const at::Tensor& target) const override {
    const at::Tensor b = scale(output);
    return (output - target).abs() / b + b.mul(2).log();
  }

  at::Tensor sample(const at::Tensor& output, const at::Generator& generator) const override {
    // Inverse transform sampling from the sign and magnitude of one uniform number; in float64, as
    // the 2^24 values of a float32 uniform would truncate the tails.
    const at::Tensor uniform =
        at::rand(output.sizes(), generator, output.options().dtype(at::kDouble)).mul_(2).sub_(1);
    constexpr double kBelow1 = 1 - std::numeric_limits<double>::epsilon();
    const at::Tensor size = uniform.abs().clamp_max_(kBelow1).neg_().log1p_().neg_();
    return output + scale(output) * (uniform.sign() * size).to(output.scalar_type());
  }
};

class LaplaceSpec : public ReconstructionSpec {
 public:
  void visit(OptionVisitor& visitor) override {
    scale_.visit(
        visitor, "scale",
        "Scale b of each feature (mean absolute deviation; the standard deviation is sqrt(2) "
        "b), in units of the scaled data; initial value if learned.",
        "least_scale");
  }
  std::shared_ptr<Reconstruction> build(int64_t features) const override {
    return std::make_shared<Laplace>(scale_, "scale", features);
  }
  bool is_likelihood() const override { return true; }

 private:
  ScaleOptions scale_;
};

}  // namespace

PartEntry<ReconstructionSpec> laplace() {
  return {
      "laplace",
      "negative log-likelihood of a Laplace distribution whose location is the decoder's output, "
      "summed over features; for continuous data with outliers",
      make_part<ReconstructionSpec, LaplaceSpec>};
}

}  // namespace ae::reconstructions
