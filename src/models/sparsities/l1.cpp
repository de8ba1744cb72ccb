#include "models/sparsity.h"

namespace ae::sparsities {
namespace {

/// L1 activity regulariser, as in Keras: summed over latents, mean over samples.
class L1 : public Sparsity {
 public:
  void visit(OptionVisitor& visitor) override {
    visitor.option("weight", weight_, at_least(0), "Weight of the penalty in the loss.");
  }
  double weight() const override { return weight_; }
  at::Tensor penalty(const Posterior& posterior) const override {
    return posterior.code().abs().sum(1).mean();
  }
  op::Sparsity operation() const override { return {.l1 = true}; }

 private:
  double weight_ = 1e-4;
};

}  // namespace

PartEntry<Sparsity> l1() {
  return {"l1", "L1 norm of the code: absolute values summed over latents, mean over samples",
          make_part<Sparsity, L1>};
}

}  // namespace ae::sparsities
