#include "models/activation.h"

namespace ae::activations {
namespace {

class Relu : public Activation {
 public:
  at::Tensor forward(const at::Tensor& x) const override { return x.relu(); }
  Bounds bounds() const override { return {.low = 0}; }
  bool cuts_to_zero() const override { return true; }
  std::optional<PointwiseActivation> pointwise() const override {
    return PointwiseActivation{.kind = PointwiseActivation::Kind::relu};
  }
};

}  // namespace

PartEntry<Activation> relu() { return {"relu", "max(0, x)", make_part<Activation, Relu>}; }

}  // namespace ae::activations
