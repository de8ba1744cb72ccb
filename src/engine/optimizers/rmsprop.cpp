#include <ATen/ops/addcmul.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/sqrt.h>
#include <ATen/ops/zeros_like.h>

#include <cmath>

#include "core/target_clones.h"
#include "engine/index_range.h"
#include "engine/optimizer.h"

namespace ae::optimizers {
namespace {

struct RmsPropOptions {
  double alpha = 0.99;
  double epsilon = 1e-8;
  double weight_decay = 0;
  double momentum = 0;
  bool centered = false;
};

template <class T>
struct RmsPropFactors {
  T learning_rate;
  T alpha;
  T epsilon;
  T weight_decay;
  T momentum;
};

/// State of a range of parameters; null if not kept.
template <class T>
struct RmsPropState {
  T* square_avg;
  T* grad_avg;
  T* momentum;
};

template <class T>
AE_ALWAYS_INLINE void rmsprop_loop(const RmsPropFactors<T> f, int64_t n,
                                   const T* __restrict gradients, T* __restrict values,
                                   const RmsPropState<T> state) {
  for (int64_t i = 0; i < n; ++i) {
    const T gradient = gradients[i] + f.weight_decay * values[i];
    T& square = state.square_avg[i];
    square = f.alpha * square + (T(1) - f.alpha) * gradient * gradient;
    T variance = square;
    if (state.grad_avg != nullptr) {
      T& mean = state.grad_avg[i];
      mean += (T(1) - f.alpha) * (gradient - mean);
      // Rounding may make the variance of a constant gradient negative, and its root NaN.
      variance = square - mean * mean;
      variance = variance < 0 ? T(0) : variance;
    }
    T step = gradient / (std::sqrt(variance) + f.epsilon);
    if (state.momentum != nullptr) {
      step += f.momentum * state.momentum[i];
      state.momentum[i] = step;
    }
    values[i] -= f.learning_rate * step;
  }
}

AE_TARGET_CLONES void rmsprop_range(const RmsPropFactors<float>& factors, int64_t n,
                                    const float* gradients, float* values,
                                    const RmsPropState<float>& state) {
  rmsprop_loop(factors, n, gradients, values, state);
}

AE_TARGET_CLONES void rmsprop_range(const RmsPropFactors<double>& factors, int64_t n,
                                    const double* gradients, double* values,
                                    const RmsPropState<double>& state) {
  rmsprop_loop(factors, n, gradients, values, state);
}

class RmsProp : public Optimizer {
 public:
  RmsProp(const RmsPropOptions& options, const FlatParameters& parameters)
      : options_(options), square_avg_(at::zeros_like(parameters.values())) {
    if (options_.centered) grad_avg_ = at::zeros_like(parameters.values());
    if (options_.momentum > 0) momentum_buffer_ = at::zeros_like(parameters.values());
  }

  void update_on_gpu(FlatParameters& parameters, const GpuUpdate& update) override {
    const at::Tensor values = parameters.trainable(parameters.values());
    const at::Tensor gradient = parameters.trainable(parameters.gradients());
    const at::Tensor square_avg = parameters.trainable(square_avg_);
    if (!denominator_.defined()) denominator_ = at::empty_like(square_avg);
    if (options_.weight_decay > 0) gradient.add_(values, options_.weight_decay);
    square_avg.mul_(options_.alpha).addcmul_(gradient, gradient, 1 - options_.alpha);
    compute_denominator(gradient, square_avg,
                        options_.centered ? parameters.trainable(grad_avg_) : at::Tensor());
    if (momentum_buffer_.defined()) {
      const at::Tensor momentum = parameters.trainable(momentum_buffer_);
      momentum.mul_(options_.momentum).addcdiv_(gradient, denominator_);
      values.addcmul_(momentum, update.learning_rate, -1);
    } else {
      values.addcmul_(gradient.div_(denominator_), update.learning_rate, -1);
    }
    gradient.zero_();
  }

  void update_range(FlatParameters& parameters, const RangeUpdate& update) override {
    with_type(parameters, [&]<class T>(T) {
      const RmsPropFactors<T> factors{.learning_rate = static_cast<T>(update.learning_rate),
                                      .alpha = static_cast<T>(options_.alpha),
                                      .epsilon = static_cast<T>(options_.epsilon),
                                      .weight_decay = static_cast<T>(options_.weight_decay),
                                      .momentum = static_cast<T>(options_.momentum)};
      const auto data = [&](const at::Tensor& tensor) {
        return tensor.defined() ? range_data<T>(tensor, update.range) : nullptr;
      };
      rmsprop_range(factors, update.range.count, static_cast<const T*>(update.gradients),
                    parameters.data<T>() + update.range.begin,
                    {data(square_avg_), data(grad_avg_), data(momentum_buffer_)});
    });
  }

  State state() const override {
    State state = {{"square_avg", square_avg_}};
    if (grad_avg_.defined()) state.emplace_back("grad_avg", grad_avg_);
    if (momentum_buffer_.defined()) state.emplace_back("momentum_buffer", momentum_buffer_);
    return state;
  }

 private:
  /// Sets denominator_ to the root of the mean square, or of the variance, plus epsilon.
  /// @param grad_avg  undefined if the mean square is not centred
  void compute_denominator(const at::Tensor& gradient, const at::Tensor& square_avg,
                           const at::Tensor& grad_avg) {
    if (grad_avg.defined()) {
      grad_avg.lerp_(gradient, 1 - options_.alpha);
      at::addcmul_out(denominator_, square_avg, grad_avg, grad_avg, -1);
      // Rounding may make the variance of a constant gradient negative, and its root NaN.
      denominator_.clamp_min_(0).sqrt_();
    } else {
      at::sqrt_out(denominator_, square_avg);
    }
    denominator_.add_(options_.epsilon);
  }

  RmsPropOptions options_;
  at::Tensor square_avg_;
  at::Tensor grad_avg_;
  at::Tensor momentum_buffer_;
  at::Tensor denominator_;  // [P] workspace on a GPU, allocated once
};

/// Source: Tieleman & Hinton 2012 (Coursera, "Neural Networks for Machine Learning", lecture 6.5);
/// centred: Graves 2013 (arXiv:1308.0850).
class RmsPropSpec : public OptimizerSpec {
 public:
  RmsPropSpec() : OptimizerSpec(1e-3) {}
  void visit(OptionVisitor& visitor) override {
    declare_learning_rate(visitor);
    visitor.option("alpha", options_.alpha, proper_fraction(),
                   "Decay of the running mean of squared gradients.");
    visitor.option("epsilon", options_.epsilon, above(0),
                   "Epsilon added to the denominator for numerical stability.");
    visitor.option("momentum", options_.momentum, proper_fraction(), "Momentum.");
    visitor.option("centered", options_.centered,
                   "Normalise by the standard deviation of the gradients instead of the root of "
                   "their mean square.");
    visitor.option("weight_decay", options_.weight_decay, at_least(0),
                   "Weight decay as an L2 penalty: fraction of each weight that is added to its "
                   "gradient.");
  }
  std::unique_ptr<Optimizer> build(const FlatParameters& parameters) const override {
    return std::make_unique<RmsProp>(options_, parameters);
  }

 private:
  RmsPropOptions options_;
};

}  // namespace

PartEntry<OptimizerSpec> rmsprop() {
  return {"rmsprop", "steps divided by the running root mean square of each parameter's gradients",
          make_part<OptimizerSpec, RmsPropSpec>};
}

}  // namespace ae::optimizers
