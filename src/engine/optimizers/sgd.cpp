#include <ATen/ops/_fused_sgd.h>
#include <ATen/ops/zeros_like.h>

#include "core/error.h"
#include "core/target_clones.h"
#include "engine/index_range.h"
#include "engine/optimizer.h"

namespace ae::optimizers {
namespace {

struct SgdOptions {
  double momentum = 0;
  bool nesterov = false;
  double weight_decay = 0;
};

template <class T>
struct SgdFactors {
  T learning_rate;
  T momentum;
  T weight_decay;
  bool nesterov;
  bool is_first;  ///< initialises the momentum buffer with the gradient
};

/// @param buffer  momentum buffer; null without momentum
template <class T>
AE_ALWAYS_INLINE void sgd_loop(const SgdFactors<T> f, int64_t n, const T* __restrict gradients,
                               T* __restrict values, T* __restrict buffer) {
  if (buffer == nullptr) {
    for (int64_t i = 0; i < n; ++i) {
      values[i] -= f.learning_rate * (gradients[i] + f.weight_decay * values[i]);
    }
    return;
  }
  for (int64_t i = 0; i < n; ++i) {
    const T gradient = gradients[i] + f.weight_decay * values[i];
    buffer[i] = f.is_first ? gradient : f.momentum * buffer[i] + gradient;
    values[i] -= f.learning_rate * (f.nesterov ? gradient + f.momentum * buffer[i] : buffer[i]);
  }
}

AE_TARGET_CLONES void sgd_range(const SgdFactors<float>& factors, int64_t n, const float* gradients,
                                float* values, float* buffer) {
  sgd_loop(factors, n, gradients, values, buffer);
}

AE_TARGET_CLONES void sgd_range(const SgdFactors<double>& factors, int64_t n,
                                const double* gradients, double* values, double* buffer) {
  sgd_loop(factors, n, gradients, values, buffer);
}

class Sgd : public Optimizer {
 public:
  Sgd(const SgdOptions& options, const FlatParameters& parameters) : options_(options) {
    if (options_.momentum > 0) buffer_ = at::zeros_like(parameters.values());
  }

  void update_on_gpu(FlatParameters& parameters, const GpuUpdate& update) override {
    std::vector<at::Tensor> buffers;
    if (buffer_.defined()) buffers.push_back(parameters.trainable(buffer_));
    at::_fused_sgd_({parameters.trainable(parameters.values())},
                    {parameters.trainable(parameters.gradients())}, buffers, options_.weight_decay,
                    options_.momentum, update.learning_rate, /*dampening=*/0, options_.nesterov,
                    /*maximize=*/false,
                    /*is_first_step=*/false);  // the momentum buffer starts as 0
    parameters.gradients().zero_();
  }

  void update_range(FlatParameters& parameters, const RangeUpdate& update) override {
    with_type(parameters, [&]<class T>(T) {
      const SgdFactors<T> factors{.learning_rate = static_cast<T>(update.learning_rate),
                                  .momentum = static_cast<T>(options_.momentum),
                                  .weight_decay = static_cast<T>(options_.weight_decay),
                                  .nesterov = options_.nesterov,
                                  .is_first = update.step == 0};
      sgd_range(factors, update.range.count, static_cast<const T*>(update.gradients),
                parameters.data<T>() + update.range.begin,
                buffer_.defined() ? range_data<T>(buffer_, update.range) : nullptr);
    });
  }

  State state() const override {
    if (!buffer_.defined()) return {};
    return {{"momentum_buffer", buffer_}};
  }

 private:
  SgdOptions options_;
  at::Tensor buffer_;
};

/// Source of this form of Nesterov momentum: Sutskever et al. 2013 (ICML), as in PyTorch.
class SgdSpec : public OptimizerSpec {
 public:
  SgdSpec() : OptimizerSpec(0.1) {}
  void visit(OptionVisitor& visitor) override {
    declare_learning_rate(visitor);
    visitor.option("momentum", options_.momentum, proper_fraction(), "Momentum.");
    visitor.option("nesterov", options_.nesterov, "Nesterov momentum.");
    visitor.option("weight_decay", options_.weight_decay, at_least(0),
                   "Weight decay as an L2 penalty: fraction of each weight that is added to its "
                   "gradient.");
  }
  void check(const std::string& config) const override {
    if (!options_.nesterov || options_.momentum > 0) return;
    throw usage_error(
        "{}: optimizer.nesterov = true needs optimizer.momentum above 0, which is 0; set "
        "optimizer.momentum, such as 0.9, or leave optimizer.nesterov out",
        config);
  }
  std::unique_ptr<Optimizer> build(const FlatParameters& parameters) const override {
    return std::make_unique<Sgd>(options_, parameters);
  }

 private:
  SgdOptions options_;
};

}  // namespace

PartEntry<OptimizerSpec> sgd() {
  return {"sgd", "stochastic gradient descent, optionally with momentum",
          make_part<OptimizerSpec, SgdSpec>};
}

}  // namespace ae::optimizers
