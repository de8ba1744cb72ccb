#pragma once

#include <vector>

#include "engine/step_executor.h"

namespace ae {

/// Inputs of a training step on the model's device.
struct StepInputs {
  RowPair rows;
  at::Tensor condition;  ///< [B, classes] or undefined
  const Noise& noise;
};

/// Executes a step by autograd through the model's modules. Supports every model.
class AutogradExecutor : public StepExecutor {
 public:
  /// Model and objective must outlive this. Gradients accumulate in the model's parameters.
  AutogradExecutor(Autoencoder& model, const Objective& objective,
                   Precision precision = Precision::float32)
      : model_(model), objective_(objective), precision_(precision) {}

  bool accumulate(const Batch& batch, const StepSettings& settings, double scale,
                  const StepCounts& counts) override;
  /// accumulate() for inputs on the device; returns the loss terms instead of counting them.
  /// @param timer  timer of the caller, after the data phase
  /// @return       empty if the loss is not finite
  std::vector<LossTerm> accumulate(const StepInputs& inputs, const StepSettings& settings,
                                   double scale, DeadLatentTracker* tracker, PhaseTimer& timer);
  /// Adds the metrics of a held-out batch to the counts; computes no gradients.
  void evaluate(const Batch& batch, const StepSettings& settings, const StepCounts& counts);

 private:
  Autoencoder& model_;
  const Objective& objective_;
  Precision precision_;
};

}  // namespace ae
