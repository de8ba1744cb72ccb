#include <ATen/TensorOperators.h>
#include <ATen/ops/softplus.h>

#include "models/activation.h"

namespace ae::activations {
namespace {

class Softplus : public Activation {
 public:
  at::Tensor forward(const at::Tensor& x) const override { return at::softplus(x); }
  Bounds bounds() const override { return {.low = 0}; }
  at::Tensor inverse(const at::Tensor& y) const override {
    const at::Tensor positive = y.clamp_min(1e-3);
    return positive + (-positive).expm1().neg().log();
  }
};

}  // namespace

PartEntry<Activation> softplus() {
  return {"softplus", "ln(1 + exp(x))", make_part<Activation, Softplus>};
}

}  // namespace ae::activations
