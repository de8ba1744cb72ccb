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

/// The memory of some parameters; null what is not kept.
template <class T>
struct RmsPropMemory {
  T* square_avg;
  T* grad_avg;
  T* momentum;
};

template <class T>
AE_ALWAYS_INLINE void rmsprop_loop(const RmsPropFactors<T> f, int64_t n,
                                   const T* __restrict gradients, T* __restrict values,
                                   const RmsPropMemory<T> memory) {
  for (int64_t i = 0; i < n; ++i) {
    const T gradient = gradients[i] + f.weight_decay * values[i];
    T& square = memory.square_avg[i];
    square = f.alpha * square + (T(1) - f.alpha) * gradient * gradient;
    T variance = square;
    if (memory.grad_avg != nullptr) {
      T& mean = memory.grad_avg[i];
      mean += (T(1) - f.alpha) * (gradient - mean);
      // Rounding may take the variance of a steady gradient below 0, and its root to NaN.
      variance = square - mean * mean;
      variance = variance < 0 ? T(0) : variance;
    }
    T step = gradient / (std::sqrt(variance) + f.epsilon);
    if (memory.momentum != nullptr) {
      step += f.momentum * memory.momentum[i];
      memory.momentum[i] = step;
    }
    values[i] -= f.learning_rate * step;
  }
}

AE_TARGET_CLONES void rmsprop_range(const RmsPropFactors<float>& factors, int64_t n,
                                    const float* gradients, float* values,
                                    const RmsPropMemory<float>& memory) {
  rmsprop_loop(factors, n, gradients, values, memory);
}

AE_TARGET_CLONES void rmsprop_range(const RmsPropFactors<double>& factors, int64_t n,
                                    const double* gradients, double* values,
                                    const RmsPropMemory<double>& memory) {
  rmsprop_loop(factors, n, gradients, values, memory);
}

class RmsProp : public Optimizer {
 public:
  RmsProp(const RmsPropOptions& options, const FlatParameters& parameters)
      : options_(options), square_avg_(at::zeros_like(parameters.values())) {
    if (options_.centered) grad_avg_ = at::zeros_like(parameters.values());
    if (options_.momentum > 0) momentum_buffer_ = at::zeros_like(parameters.values());
  }

  void update_on_gpu(FlatParameters& parameters, const GpuChange& change) override {
    if (!size_.defined()) size_ = at::empty_like(square_avg_);
    const at::Tensor& values = parameters.values();
    const at::Tensor& gradient = parameters.gradients();
    if (options_.weight_decay > 0) gradient.add_(values, options_.weight_decay);
    square_avg_.mul_(options_.alpha).addcmul_(gradient, gradient, 1 - options_.alpha);
    measure_size(gradient);
    if (momentum_buffer_.defined()) {
      momentum_buffer_.mul_(options_.momentum).addcdiv_(gradient, size_);
      values.addcmul_(momentum_buffer_, change.learning_rate, -1);
    } else {
      values.addcmul_(gradient.div_(size_), change.learning_rate, -1);
    }
    gradient.zero_();
  }

  void update_range(FlatParameters& parameters, const Change& change) override {
    with_type(parameters, [&]<class T>(T) {
      const RmsPropFactors<T> factors{.learning_rate = static_cast<T>(change.learning_rate),
                                      .alpha = static_cast<T>(options_.alpha),
                                      .epsilon = static_cast<T>(options_.epsilon),
                                      .weight_decay = static_cast<T>(options_.weight_decay),
                                      .momentum = static_cast<T>(options_.momentum)};
      const auto memory = [&](const at::Tensor& kept) {
        return kept.defined() ? range_data<T>(kept, change.range) : nullptr;
      };
      rmsprop_range(factors, change.range.count, static_cast<const T*>(change.gradients),
                    parameters.data<T>() + change.range.begin,
                    {memory(square_avg_), memory(grad_avg_), memory(momentum_buffer_)});
    });
  }

  State state() const override {
    State state = {{"square_avg", square_avg_}};
    if (grad_avg_.defined()) state.emplace_back("grad_avg", grad_avg_);
    if (momentum_buffer_.defined()) state.emplace_back("momentum_buffer", momentum_buffer_);
    return state;
  }

 private:
  /// Sets size_ to the root of the mean square, or of the variance.
  void measure_size(const at::Tensor& gradient) {
    if (grad_avg_.defined()) {
      grad_avg_.lerp_(gradient, 1 - options_.alpha);
      at::addcmul_out(size_, square_avg_, grad_avg_, grad_avg_, -1);
      // Rounding may take the variance of a steady gradient below 0, and its root to NaN.
      size_.clamp_min_(0).sqrt_();
    } else {
      at::sqrt_out(size_, square_avg_);
    }
    size_.add_(options_.epsilon);
  }

  RmsPropOptions options_;
  at::Tensor square_avg_;
  at::Tensor grad_avg_;
  at::Tensor momentum_buffer_;
  at::Tensor size_;  // [P] scratch on a GPU, kept so that no step allocates it
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
                   "Added to the root of the mean square, against division by 0.");
    visitor.option("momentum", options_.momentum, proper_fraction(),
                   "Share of the last step that is taken again.");
    visitor.option("centered", options_.centered,
                   "Divides by the gradients' standard deviation, not the root of their mean "
                   "square.");
    visitor.option("weight_decay", options_.weight_decay, at_least(0),
                   "This much of each weight is added to its gradient (an L2 penalty).");
  }
  std::unique_ptr<Optimizer> build(const FlatParameters& parameters) const override {
    return std::make_unique<RmsProp>(options_, parameters);
  }

 private:
  RmsPropOptions options_;
};

}  // namespace

PartEntry<OptimizerSpec> rmsprop() {
  return {"rmsprop", "steps divided by the running size of each parameter's gradients",
          make_part<OptimizerSpec, RmsPropSpec>};
}

}  // namespace ae::optimizers
