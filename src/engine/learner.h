#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "engine/flat_parameters.h"
#include "engine/optimizer.h"
#include "engine/step_program.h"

namespace ae {

/// A model's weights and an optimiser's memory, copied at a moment between two steps. Laid out
/// like FlatParameters::values().
struct LearnerSnapshot {
  at::Tensor values;
  Optimizer::State optimizer;
  std::vector<at::Tensor> buffers;  ///< the module's, in its order: running means and variances
  at::Tensor rows_since_active;     ///< [Z] int64; undefined where latents are never exactly 0
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
  void evaluate(const Batch& batch, const StepSettings& settings, const StepCounts& counts);

  LearnerSnapshot snapshot() const;
  void restore(const LearnerSnapshot& snapshot);

  Autoencoder& model() { return *model_; }
  const Objective& objective() const { return objective_; }
  const FlatParameters& parameters() const { return parameters_; }
  /// Null where latents are never exactly 0.
  const LatentUsage* usage() const { return usage_ ? &*usage_ : nullptr; }
  at::Device device() const { return device_; }

 private:
  std::shared_ptr<Autoencoder> model_;
  at::Device device_;
  FlatParameters parameters_;
  std::unique_ptr<Optimizer> optimizer_;
  Objective objective_;
  std::unique_ptr<StepProgram> program_;
  std::optional<LatentUsage> usage_;
};

}  // namespace ae
