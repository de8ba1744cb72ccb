#include "engine/optimizers/adam.h"

#include <ATen/ops/_fused_adam.h>
#include <ATen/ops/_fused_adamw.h>
#include <ATen/ops/zeros_like.h>

#include <cmath>

#include "core/target_clones.h"
#include "engine/index_range.h"
#ifdef AE_WITH_CUDA
#include "engine/cuda/adam_update.h"
#endif

namespace ae::optimizers {
namespace {

/// Coefficients of Adam's formulas for one update.
template <class T>
struct AdamFactors {
  T beta1;
  T beta2;
  T step_size;   ///< learning rate over the bias correction of the first moment
  T root_scale;  ///< bias correction of the second moment's root
  T epsilon;
  T gradient_decay;  ///< L2 penalty: fraction of a weight that is added to its gradient
  T shrinking;       ///< decoupled weight decay: factor of the weights
};

template <class T>
AE_ALWAYS_INLINE void adam_loop(const AdamFactors<T> f, int64_t n, const T* __restrict gradients,
                                T* __restrict values, T* __restrict mean,
                                T* __restrict mean_square) {
  for (int64_t i = 0; i < n; ++i) {
    const T gradient = gradients[i] + f.gradient_decay * values[i];
    mean[i] += (T(1) - f.beta1) * (gradient - mean[i]);
    mean_square[i] = f.beta2 * mean_square[i] + (T(1) - f.beta2) * gradient * gradient;
    const T size = std::sqrt(mean_square[i]) * f.root_scale + f.epsilon;
    values[i] = values[i] * f.shrinking - f.step_size * mean[i] / size;
  }
}

AE_TARGET_CLONES void adam_range(const AdamFactors<float>& factors, int64_t n,
                                 const float* gradients, float* values, float* mean,
                                 float* mean_square) {
  adam_loop(factors, n, gradients, values, mean, mean_square);
}

AE_TARGET_CLONES void adam_range(const AdamFactors<double>& factors, int64_t n,
                                 const double* gradients, double* values, double* mean,
                                 double* mean_square) {
  adam_loop(factors, n, gradients, values, mean, mean_square);
}

class Adam : public Optimizer {
 public:
  Adam(const AdamOptions& options, WeightDecay decay, const FlatParameters& parameters)
      : options_(options),
        decay_(decay),
        exp_avg_(at::zeros_like(parameters.values())),
        exp_avg_sq_(at::zeros_like(parameters.values())) {}

  void update_on_gpu(FlatParameters& parameters, const GpuUpdate& update) override {
#ifdef AE_WITH_CUDA
    // LibTorch's kernel launches one block per 2^16 parameters, which occupies a small part of a
    // GPU for most models.
    if (parameters.values().scalar_type() == at::kFloat && cuda::has_updates()) {
      return cuda::update_by_adam(parameters, update,
                                  {.beta1 = options_.beta1,
                                   .beta2 = options_.beta2,
                                   .epsilon = options_.epsilon,
                                   .weight_decay = options_.weight_decay,
                                   .decoupled = decay_ == WeightDecay::decoupled,
                                   .exp_avg = exp_avg_,
                                   .exp_avg_sq = exp_avg_sq_});
    }
#endif
    const at::Tensor values = parameters.trainable(parameters.values());
    const at::Tensor gradients = parameters.trainable(parameters.gradients());
    const at::Tensor exp_avg = parameters.trainable(exp_avg_);
    const at::Tensor exp_avg_sq = parameters.trainable(exp_avg_sq_);
    const auto run = [&](const auto& kernel) {
      kernel(at::TensorList(values), at::TensorList(gradients), at::TensorList(exp_avg),
             at::TensorList(exp_avg_sq),
             /*max_exp_avg_sqs=*/at::TensorList(), at::TensorList(update.updates),
             update.learning_rate, options_.beta1, options_.beta2, options_.weight_decay,
             options_.epsilon,
             /*amsgrad=*/false, /*maximize=*/false);
    };
    if (decay_ == WeightDecay::decoupled) {
      run([](const auto&... arguments) { at::_fused_adamw_(arguments...); });
    } else {
      run([](const auto&... arguments) { at::_fused_adam_(arguments...); });
    }
    gradients.zero_();
  }

  void update_range(FlatParameters& parameters, const RangeUpdate& update) override {
    with_type(parameters, [&]<class T>(T) {
      adam_range(factors<T>(update), update.range.count, static_cast<const T*>(update.gradients),
                 parameters.data<T>() + update.range.begin, range_data<T>(exp_avg_, update.range),
                 range_data<T>(exp_avg_sq_, update.range));
    });
  }

  State state() const override { return {{"exp_avg", exp_avg_}, {"exp_avg_sq", exp_avg_sq_}}; }

 private:
  template <class T>
  AdamFactors<T> factors(const RangeUpdate& update) const {
    const auto updates = static_cast<double>(update.step + 1);
    const bool decoupled = decay_ == WeightDecay::decoupled;
    const double shrinking = decoupled ? 1 - update.learning_rate * options_.weight_decay : 1;
    return {
        .beta1 = static_cast<T>(options_.beta1),
        .beta2 = static_cast<T>(options_.beta2),
        .step_size = static_cast<T>(update.learning_rate / (1 - std::pow(options_.beta1, updates))),
        .root_scale = static_cast<T>(1 / std::sqrt(1 - std::pow(options_.beta2, updates))),
        .epsilon = static_cast<T>(options_.epsilon),
        .gradient_decay = static_cast<T>(decoupled ? 0 : options_.weight_decay),
        .shrinking = static_cast<T>(shrinking)};
  }

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
                   "Weight decay as an L2 penalty: fraction of each weight that is added to its "
                   "gradient; for decoupled weight decay use adamw.");
  }
  std::unique_ptr<Optimizer> build(const FlatParameters& parameters) const override {
    return make_adam(options_, WeightDecay::by_gradient, parameters);
  }

 private:
  AdamOptions options_;
};

}  // namespace

void AdamOptions::visit_moments(OptionVisitor& visitor) {
  visitor.option("beta1", beta1, proper_fraction(), "Decay of the running mean of gradients.");
  visitor.option("beta2", beta2, proper_fraction(),
                 "Decay of the running mean of squared gradients.");
  visitor.option("epsilon", epsilon, above(0),
                 "Epsilon added to the denominator for numerical stability.");
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
