#include <ATen/ops/silu.h>

#include "models/activation.h"

namespace ae::activations {
namespace {

/// Source: Elfwing et al. 2017 (arXiv:1702.03118).
class Silu : public Activation {
 public:
  at::Tensor forward(const at::Tensor& x) const override { return at::silu(x); }
  Bounds bounds() const override { return {.low = -0.2785}; }
};

}  // namespace

PartEntry<Activation> silu() {
  return {"silu", "x * sigmoid(x), also called swish", make_part<Activation, Silu>};
}

}  // namespace ae::activations
