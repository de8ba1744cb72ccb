#pragma once

#include <vector>

#include "engine/step_executor.h"

namespace ae {

/// What a training pass by autograd takes beside the model.
struct StepInputs {
  at::Tensor target;     ///< [B, D]
  at::Tensor condition;  ///< [B, classes] or undefined
  const Noise& noise;
};

/// By autograd through the model's modules: right for every model.
class AutogradExecutor : public StepExecutor {
 public:
  /// Both must outlive this. Gradients go to the model's parameters.
  AutogradExecutor(Autoencoder& model, const Objective& objective,
                   Precision precision = Precision::float32)
      : model_(model), objective_(objective), precision_(precision) {}

  bool accumulate(const Batch& batch, const StepSettings& settings, double scale,
                  const StepCounts& counts) override;
  /// The same of what lies on the device already; the terms are given back, not counted. None where
  /// the loss is not finite.
  /// @param laps  of the caller, which has fetched the inputs
  std::vector<LossTerm> accumulate(const StepInputs& inputs, const StepSettings& settings,
                                   double scale, DeadLatentTracker* tracker, PhaseTimer& timer);
  /// Adds held-out data to the counts; no gradients.
  void evaluate(const Batch& batch, const StepSettings& settings, const StepCounts& counts);

 private:
  Autoencoder& model_;
  const Objective& objective_;
  Precision precision_;
};

}  // namespace ae
