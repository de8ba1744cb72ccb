#include <ATen/TensorOperators.h>

#include "models/activation.h"

namespace ae::activations {
namespace {

class Sigmoid : public Activation {
 public:
  at::Tensor forward(const at::Tensor& x) const override { return x.sigmoid(); }
  Bounds bounds() const override { return {.low = 0, .high = 1}; }
  at::Tensor inverse(const at::Tensor& y) const override { return y.logit(1e-3); }
  at::Tensor derivative_at(const at::Tensor& y) const override { return y * (1 - y); }
  std::optional<PointwiseActivation> pointwise() const override {
    return PointwiseActivation{.kind = PointwiseActivation::Kind::sigmoid};
  }
};

}  // namespace

PartEntry<Activation> sigmoid() {
  return {"sigmoid", "1 / (1 + exp(-x)), in (0, 1)", make_part<Activation, Sigmoid>};
}

}  // namespace ae::activations
