#include <ATen/TensorOperators.h>

#include "models/reconstruction.h"

namespace ae::reconstructions {
namespace {

class MeanAbsoluteError : public Reconstruction {
 public:
  at::Tensor per_value(const at::Tensor& output, const at::Tensor& target) const override {
    return (output - target).abs();
  }
  double feature_weight(int64_t features) const override {
    return 1.0 / static_cast<double>(features);
  }
  std::optional<PointwiseLoss> pointwise() const override { return PointwiseLoss::absolute_error; }
};

class MeanAbsoluteErrorSpec : public ReconstructionSpec {
 public:
  std::shared_ptr<Reconstruction> build(int64_t /*features*/) const override {
    return std::make_shared<MeanAbsoluteError>();
  }
};

}  // namespace

PartEntry<ReconstructionSpec> mae() {
  return {"mae", "absolute error, mean over features",
          make_part<ReconstructionSpec, MeanAbsoluteErrorSpec>};
}

}  // namespace ae::reconstructions
