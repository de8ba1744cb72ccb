#include <ATen/TensorOperators.h>

#include "models/reconstruction.h"

namespace ae::reconstructions {
namespace {

class MeanSquaredError : public Reconstruction {
 public:
  at::Tensor per_value(const at::Tensor& output, const at::Tensor& target) const override {
    return (output - target).square();
  }
  double feature_weight(int64_t features) const override {
    return 1.0 / static_cast<double>(features);
  }
  std::optional<PointwiseLoss> pointwise() const override { return PointwiseLoss::squared_error; }
};

class MeanSquaredErrorSpec : public ReconstructionSpec {
 public:
  std::shared_ptr<Reconstruction> build(int64_t /*features*/) const override {
    return std::make_shared<MeanSquaredError>();
  }
};

}  // namespace

PartEntry<ReconstructionSpec> mse() {
  return {"mse", "squared error, mean over features",
          make_part<ReconstructionSpec, MeanSquaredErrorSpec>};
}

}  // namespace ae::reconstructions
