#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "engine/autograd/autograd_executor.h"

namespace ae::cuda {

/// Forward and backward pass of a batch on the GPU, which a CUDA graph can capture. Never
/// synchronises with the GPU.
class ForwardBackward {
 public:
  virtual ~ForwardBackward() = default;
  /// Adds the gradient of `scale` times the summed loss to the parameters' gradients.
  /// @param timer  timer of the caller, after the data phase
  /// @return       loss terms summed over the batch: [terms] float64
  virtual at::Tensor run(const StepInputs& inputs, const StepSettings& settings, double scale,
                         DeadLatentTracker* tracker, PhaseTimer& timer) = 0;
  /// Names of the loss terms, after run().
  virtual const std::vector<const char*>& terms() const = 0;
  /// Uploads the loss weights to the GPU, where a captured graph reads them.
  /// @return false if not supported: a graph is then valid for these weights alone
  virtual bool upload(const LossWeights& weights) = 0;
};

/// Forward and backward pass by autograd. Supports every model.
class AutogradForwardBackward : public ForwardBackward {
 public:
  explicit AutogradForwardBackward(AutogradExecutor& executor) : executor_(executor) {}

  at::Tensor run(const StepInputs& inputs, const StepSettings& settings, double scale,
                 DeadLatentTracker* tracker, PhaseTimer& timer) override {
    const std::vector<LossTerm> terms =
        executor_.accumulate(inputs, settings, scale, tracker, timer);
    names_ = names_of(terms);
    return stacked(terms);
  }
  const std::vector<const char*>& terms() const override { return names_; }
  bool upload(const LossWeights& /*weights*/) override { return false; }

 private:
  AutogradExecutor& executor_;
  std::vector<const char*> names_;
};

}  // namespace ae::cuda
