#include <ATen/ops/_fused_adam.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros_like.h>

#include "engine/optimizer.h"

namespace ae::optimizers {
namespace {

struct AdamOptions {
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
};

class Adam : public Optimizer {
 public:
  Adam(const AdamOptions& options, const FlatParameters& parameters)
      : options_(options),
        exp_avg_(at::zeros_like(parameters.values())),
        exp_avg_sq_(at::zeros_like(parameters.values())) {}

  void update(FlatParameters& parameters, double learning_rate, int64_t step) override {
    // The kernel wants the number of this update, counted from 1, on the device.
    const at::Tensor steps =
        at::full({}, static_cast<double>(step + 1), exp_avg_.options().dtype(at::kFloat));
    at::_fused_adam_({parameters.values()}, {parameters.gradients()}, {exp_avg_}, {exp_avg_sq_},
                     /*max_exp_avg_sqs=*/{}, {steps}, learning_rate, options_.beta1, options_.beta2,
                     /*weight_decay=*/0, options_.epsilon, /*amsgrad=*/false,
                     /*maximize=*/false);
  }

  State state() const override { return {{"exp_avg", exp_avg_}, {"exp_avg_sq", exp_avg_sq_}}; }

 private:
  AdamOptions options_;
  at::Tensor exp_avg_;
  at::Tensor exp_avg_sq_;
};

/// Source: Kingma & Ba 2014 (arXiv:1412.6980).
class AdamSpec : public OptimizerSpec {
 public:
  AdamSpec() : OptimizerSpec(1e-3) {}
  void visit(OptionVisitor& visitor) override {
    declare_learning_rate(visitor);
    visitor.option("beta1", options_.beta1, proper_share(),
                   "Decay of the running mean of gradients.");
    visitor.option("beta2", options_.beta2, proper_share(),
                   "Decay of the running mean of squared gradients.");
    visitor.option("epsilon", options_.epsilon, above(0),
                   "Added to the root of the mean square, against division by 0.");
  }
  std::unique_ptr<Optimizer> build(const FlatParameters& parameters) const override {
    return std::make_unique<Adam>(options_, parameters);
  }

 private:
  AdamOptions options_;
};

}  // namespace

PartEntry<OptimizerSpec> adam() {
  return {"adam", "step sizes adapted to each parameter's gradients",
          make_part<OptimizerSpec, AdamSpec>};
}

}  // namespace ae::optimizers
