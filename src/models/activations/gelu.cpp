#include <ATen/ops/gelu.h>

#include "models/activation.h"

namespace ae::activations {
namespace {

/// Source: Hendrycks & Gimpel 2016 (arXiv:1606.08415).
class Gelu : public Activation {
 public:
  at::Tensor forward(const at::Tensor& x) const override { return at::gelu(x); }
  Bounds bounds() const override { return {.low = -0.17}; }
};

}  // namespace

PartEntry<Activation> gelu() {
  return {"gelu", "x times the standard normal CDF of x (exact, by erf)",
          make_part<Activation, Gelu>};
}

}  // namespace ae::activations
