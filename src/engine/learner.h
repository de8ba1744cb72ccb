#pragma once

#include <memory>

#include "engine/flat_parameters.h"
#include "engine/optimizer.h"
#include "engine/step_program.h"

namespace ae {

/// A model's weights and an optimiser's memory, copied at a moment between two steps. Laid out
/// like FlatParameters::values().
struct LearnerSnapshot {
  at::Tensor values;
  Optimizer::State optimizer;
};

/// A model that learns: parameters in flat buffers, an optimiser, and a program that computes
/// gradients.
class Learner {
 public:
  /// Moves the model to the device.
  Learner(std::shared_ptr<Autoencoder> model, const Objective& objective,
          const OptimizerSpec& optimizer, at::Device device);

  /// One update by the mean loss of a batch.
  /// @param step  updates made before this one
  void step(const Batch& batch, const StepSettings& settings, int64_t step, TermSums& sums);
  /// Measures held-out data.
  void evaluate(const Batch& batch, const StepSettings& settings, TermSums& sums);

  LearnerSnapshot snapshot() const;
  void restore(const LearnerSnapshot& snapshot);

  Autoencoder& model() { return *model_; }
  const FlatParameters& parameters() const { return parameters_; }
  at::Device device() const { return device_; }

 private:
  std::shared_ptr<Autoencoder> model_;
  at::Device device_;
  FlatParameters parameters_;
  std::unique_ptr<Optimizer> optimizer_;
  std::unique_ptr<StepProgram> program_;
};

}  // namespace ae
