#include "engine/optimizers/adam.h"

#include <ATen/ops/_fused_adam.h>
#include <ATen/ops/_fused_adamw.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros_like.h>

namespace ae::optimizers {
namespace {

class Adam : public Optimizer {
 public:
  Adam(const AdamOptions& options, WeightDecay decay, const FlatParameters& parameters)
      : options_(options),
        decay_(decay),
        exp_avg_(at::zeros_like(parameters.values())),
        exp_avg_sq_(at::zeros_like(parameters.values())) {}

  void update(FlatParameters& parameters, double learning_rate, int64_t step) override {
    // The kernels want the number of this update, counted from 1, on the device.
    const at::Tensor steps =
        at::full({}, static_cast<double>(step + 1), exp_avg_.options().dtype(at::kFloat));
    const auto run = [&](const auto& kernel) {
      kernel(at::TensorList(parameters.values()), at::TensorList(parameters.gradients()),
             at::TensorList(exp_avg_), at::TensorList(exp_avg_sq_),
             /*max_exp_avg_sqs=*/at::TensorList(), at::TensorList(steps), learning_rate,
             options_.beta1, options_.beta2, options_.weight_decay, options_.epsilon,
             /*amsgrad=*/false, /*maximize=*/false);
    };
    if (decay_ == WeightDecay::decoupled) {
      run([](const auto&... arguments) { at::_fused_adamw_(arguments...); });
    } else {
      run([](const auto&... arguments) { at::_fused_adam_(arguments...); });
    }
  }

  State state() const override { return {{"exp_avg", exp_avg_}, {"exp_avg_sq", exp_avg_sq_}}; }

 private:
  AdamOptions options_;
  WeightDecay decay_;
  at::Tensor exp_avg_;
  at::Tensor exp_avg_sq_;
};

/// Source: Kingma & Ba 2014 (arXiv:1412.6980).
class AdamSpec : public OptimizerSpec {
 public:
  AdamSpec() : OptimizerSpec(1e-3) {}
  void visit(OptionVisitor& visitor) override {
    declare_learning_rate(visitor);
    options_.visit_moments(visitor);
    visitor.option("weight_decay", options_.weight_decay, at_least(0),
                   "This much of each weight is added to its gradient (an L2 penalty); adamw has "
                   "the decay that Adam does not adapt.");
  }
  std::unique_ptr<Optimizer> build(const FlatParameters& parameters) const override {
    return make_adam(options_, WeightDecay::by_gradient, parameters);
  }

 private:
  AdamOptions options_;
};

}  // namespace

void AdamOptions::visit_moments(OptionVisitor& visitor) {
  visitor.option("beta1", beta1, proper_share(), "Decay of the running mean of gradients.");
  visitor.option("beta2", beta2, proper_share(), "Decay of the running mean of squared gradients.");
  visitor.option("epsilon", epsilon, above(0),
                 "Added to the root of the mean square, against division by 0.");
}

std::unique_ptr<Optimizer> make_adam(const AdamOptions& options, WeightDecay decay,
                                     const FlatParameters& parameters) {
  return std::make_unique<Adam>(options, decay, parameters);
}

PartEntry<OptimizerSpec> adam() {
  return {"adam", "step sizes adapted to each parameter's gradients",
          make_part<OptimizerSpec, AdamSpec>};
}

}  // namespace ae::optimizers
