#include "engine/optimizers/adam.h"

namespace ae::optimizers {
namespace {

/// Source: Loshchilov & Hutter 2017 (arXiv:1711.05101).
class AdamWSpec : public OptimizerSpec {
 public:
  AdamWSpec() : OptimizerSpec(1e-3) { options_.weight_decay = 0.01; }
  void visit(OptionVisitor& visitor) override {
    declare_learning_rate(visitor);
    options_.visit_moments(visitor);
    visitor.option(
        "weight_decay", options_.weight_decay, at_least(0),
        "Decoupled weight decay: each update multiplies the weights by 1 - learning_rate "
        "* weight_decay.");
  }
  std::unique_ptr<Optimizer> build(const FlatParameters& parameters) const override {
    return make_adam(options_, WeightDecay::decoupled, parameters);
  }

 private:
  AdamOptions options_;
};

}  // namespace

PartEntry<OptimizerSpec> adamw() {
  return {"adamw", "Adam with decoupled weight decay", make_part<OptimizerSpec, AdamWSpec>};
}

}  // namespace ae::optimizers
