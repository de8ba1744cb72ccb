#include <ATen/core/Reduction.h>
#include <ATen/ops/huber_loss.h>

#include "models/reconstruction.h"

namespace ae::reconstructions {
namespace {

/// Source: Huber 1964 (doi:10.1214/aoms/1177703732); scaled as PyTorch's huber_loss.
class Huber : public Reconstruction {
 public:
  explicit Huber(double delta) : delta_(delta) {}
  at::Tensor per_value(const at::Tensor& output, const at::Tensor& target) const override {
    return at::huber_loss(output, target, at::Reduction::None, delta_);
  }
  double feature_weight(int64_t features) const override {
    return 1.0 / static_cast<double>(features);
  }

 private:
  double delta_;
};

class HuberSpec : public ReconstructionSpec {
 public:
  void visit(OptionVisitor& visitor) override {
    visitor.option("delta", delta_, above(0),
                   "Threshold (as in torch.nn.HuberLoss): quadratic loss for errors up to delta, "
                   "linear beyond; in units of the scaled data.");
  }
  std::shared_ptr<Reconstruction> build(int64_t /*features*/) const override {
    return std::make_shared<Huber>(delta_);
  }

 private:
  double delta_ = 1;
};

}  // namespace

PartEntry<ReconstructionSpec> huber() {
  return {"huber",
          "Huber loss: quadratic for small errors, linear for large ones, mean over features; less "
          "sensitive to outliers than mse",
          make_part<ReconstructionSpec, HuberSpec>};
}

}  // namespace ae::reconstructions
