#include <ATen/ops/ones_like.h>

#include "models/activation.h"

namespace ae::activations {
namespace {

class Identity : public Activation {
 public:
  at::Tensor forward(const at::Tensor& x) const override { return x; }
  at::Tensor inverse(const at::Tensor& y) const override { return y; }
  at::Tensor derivative_at(const at::Tensor& y) const override { return at::ones_like(y); }
  std::optional<PointwiseActivation> pointwise() const override {
    return PointwiseActivation{.kind = PointwiseActivation::Kind::identity};
  }
};

}  // namespace

PartEntry<Activation> identity() {
  return {"identity", "x; no nonlinearity", make_part<Activation, Identity>};
}

}  // namespace ae::activations
