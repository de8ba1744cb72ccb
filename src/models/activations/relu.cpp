#include "models/activation.h"

namespace ae::activations {
namespace {

class Relu : public Activation {
 public:
  at::Tensor forward(const at::Tensor& x) const override { return x.relu(); }
  Bounds bounds() const override { return {.low = 0}; }
  bool cuts_to_zero() const override { return true; }
  std::optional<Elementwise> elementwise() const override {
    return Elementwise{.kind = Elementwise::Kind::relu};
  }
};

}  // namespace

PartEntry<Activation> relu() { return {"relu", "max(0, x)", make_part<Activation, Relu>}; }

}  // namespace ae::activations
