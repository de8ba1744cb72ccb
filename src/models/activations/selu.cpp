#include <ATen/ops/selu.h>

#include "models/activation.h"

namespace ae::activations {
namespace {

/// Source: Klambauer et al. 2017 (arXiv:1706.02515).
class Selu : public Activation {
 public:
  at::Tensor forward(const at::Tensor& x) const override { return at::selu(x); }
  Bounds bounds() const override { return {.low = -1.7580993408473766}; }
};

}  // namespace

PartEntry<Activation> selu() {
  return {"selu", "scaled elu, self-normalising: layers keep mean 0 and variance 1",
          make_part<Activation, Selu>};
}

}  // namespace ae::activations
