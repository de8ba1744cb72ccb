#include <ATen/ops/elu.h>

#include "models/activation.h"

namespace ae::activations {
namespace {

/// Source: Clevert et al. 2015 (arXiv:1511.07289).
class Elu : public Activation {
 public:
  void visit(OptionVisitor& visitor) override {
    visitor.option("alpha", alpha_, above(0),
                   "Negative of the limit for very negative inputs (torch.nn.ELU's alpha).");
  }
  at::Tensor forward(const at::Tensor& x) const override { return at::elu(x, alpha_); }
  Bounds bounds() const override { return {.low = -alpha_}; }

 private:
  double alpha_ = 1.0;
};

}  // namespace

PartEntry<Activation> elu() {
  return {"elu", "x above 0, alpha * (exp(x) - 1) below", make_part<Activation, Elu>};
}

}  // namespace ae::activations
