#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "engine/autograd/autograd_executor.h"

namespace ae::cuda {

/// A model's way forth and back with a batch that lies on the GPU: what a graph records. Nothing in
/// it waits for the GPU.
class ForwardBackward {
 public:
  virtual ~ForwardBackward() = default;
  /// Adds the gradient of `scale` times the summed loss to the parameters' gradients.
  /// @param laps  of the caller, which has fetched the inputs
  /// @return      the terms, summed over the batch: [terms] float64
  virtual at::Tensor run(const StepInputs& inputs, const StepSettings& settings, double scale,
                         DeadLatentTracker* tracker, PhaseTimer& timer) = 0;
  /// Their names, once it has run.
  virtual const std::vector<const char*>& terms() const = 0;
  /// Brings the terms' weights to where a recording finds them.
  /// @return false where it cannot, so that a recording is for these weights alone
  virtual bool upload(const LossWeights& weights) = 0;
};

/// By autograd: for every model.
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
