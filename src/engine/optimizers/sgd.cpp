#include <ATen/ops/_fused_sgd.h>
#include <ATen/ops/zeros_like.h>

#include "engine/optimizer.h"

namespace ae::optimizers {
namespace {

class Sgd : public Optimizer {
 public:
  Sgd(double momentum, const FlatParameters& parameters) : momentum_(momentum) {
    if (momentum_ > 0) buffer_ = at::zeros_like(parameters.values());
  }

  void update(FlatParameters& parameters, double learning_rate, int64_t step) override {
    std::vector<at::Tensor> buffers;
    if (buffer_.defined()) buffers.push_back(buffer_);
    at::_fused_sgd_({parameters.values()}, {parameters.gradients()}, buffers, /*weight_decay=*/0,
                    momentum_, learning_rate, /*dampening=*/0, /*nesterov=*/false,
                    /*maximize=*/false,
                    /*is_first_step=*/step == 0);
  }

  State state() const override {
    if (!buffer_.defined()) return {};
    return {{"momentum_buffer", buffer_}};
  }

 private:
  double momentum_;
  at::Tensor buffer_;
};

class SgdSpec : public OptimizerSpec {
 public:
  SgdSpec() : OptimizerSpec(0.1) {}
  void visit(OptionVisitor& visitor) override {
    declare_learning_rate(visitor);
    visitor.option("momentum", momentum_, proper_share(),
                   "Share of the last step that is taken again.");
  }
  std::unique_ptr<Optimizer> build(const FlatParameters& parameters) const override {
    return std::make_unique<Sgd>(momentum_, parameters);
  }

 private:
  double momentum_ = 0;
};

}  // namespace

PartEntry<OptimizerSpec> sgd() {
  return {"sgd", "steps along the gradient, with momentum if asked for",
          make_part<OptimizerSpec, SgdSpec>};
}

}  // namespace ae::optimizers
