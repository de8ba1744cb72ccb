#include <ATen/TensorOperators.h>

#include "models/activation.h"

namespace ae::activations {
namespace {

class Tanh : public Activation {
 public:
  at::Tensor forward(const at::Tensor& x) const override { return x.tanh(); }
  Bounds bounds() const override { return {.low = -1, .high = 1}; }
  at::Tensor inverse(const at::Tensor& y) const override {
    return y.clamp(-1 + 1e-3, 1 - 1e-3).atanh();
  }
  at::Tensor derivative_at(const at::Tensor& y) const override { return 1 - y.square(); }
  std::optional<PointwiseActivation> pointwise() const override {
    return PointwiseActivation{.kind = PointwiseActivation::Kind::tanh};
  }
};

}  // namespace

PartEntry<Activation> tanh() {
  return {"tanh", "hyperbolic tangent, in (-1, 1)", make_part<Activation, Tanh>};
}

}  // namespace ae::activations
