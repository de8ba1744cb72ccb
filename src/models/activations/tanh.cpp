#include "models/activation.h"

namespace ae::activations {
namespace {

class Tanh : public Activation {
 public:
  at::Tensor forward(const at::Tensor& x) const override { return x.tanh(); }
  Bounds bounds() const override { return {.low = -1, .high = 1}; }
};

}  // namespace

PartEntry<Activation> tanh() {
  return {"tanh", "hyperbolic tangent, in (-1, 1)", make_part<Activation, Tanh>};
}

}  // namespace ae::activations
