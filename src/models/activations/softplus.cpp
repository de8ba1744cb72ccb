#include <ATen/ops/softplus.h>

#include "models/activation.h"

namespace ae::activations {
namespace {

class Softplus : public Activation {
 public:
  at::Tensor forward(const at::Tensor& x) const override { return at::softplus(x); }
  Bounds bounds() const override { return {.low = 0}; }
};

}  // namespace

PartEntry<Activation> softplus() {
  return {"softplus", "ln(1 + exp(x))", make_part<Activation, Softplus>};
}

}  // namespace ae::activations
