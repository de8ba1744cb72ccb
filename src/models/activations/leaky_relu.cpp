#include <ATen/ops/leaky_relu.h>

#include "models/activation.h"

namespace ae::activations {
namespace {

class LeakyRelu : public Activation {
 public:
  void visit(OptionVisitor& visitor) override {
    visitor.option("slope", slope_, proper_fraction(),
                   "Slope for negative inputs (torch.nn.LeakyReLU's negative_slope).");
  }
  at::Tensor forward(const at::Tensor& x) const override { return at::leaky_relu(x, slope_); }
  std::optional<PointwiseActivation> pointwise() const override {
    return PointwiseActivation{.kind = PointwiseActivation::Kind::leaky_relu,
                               .negative_slope = slope_};
  }

 private:
  double slope_ = 0.01;
};

}  // namespace

PartEntry<Activation> leaky_relu() {
  return {"leaky_relu", "x above 0, slope * x below", make_part<Activation, LeakyRelu>};
}

}  // namespace ae::activations
