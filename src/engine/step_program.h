#pragma once

#include <ATen/core/Tensor.h>

#include "engine/batch.h"
#include "engine/flat_parameters.h"
#include "engine/latent_usage.h"
#include "engine/optimizer.h"
#include "engine/precision.h"
#include "engine/step_times.h"
#include "engine/term_sums.h"
#include "models/autoencoder.h"
#include "models/latent_statistics.h"
#include "models/objective.h"
#include "models/saturation.h"

namespace ae {

/// What may change from step to step: a function of the step alone.
struct StepSettings {
  double learning_rate = 0;
  TermWeights weights;
  int64_t dead_after_rows = 0;  ///< inactive for so many rows a latent counts as dead
};

/// What is counted beside the gradients; each where it is wanted.
struct StepCounts {
  TermSums* sums;                          ///< the objective's terms
  LatentUsage* usage = nullptr;            ///< in training
  LatentStatistics* statistics = nullptr;  ///< in evaluation
  Saturation* saturation = nullptr;        ///< in evaluation, where outputs have bounds
  StepTimes* times = nullptr;              ///< in training
};

/// How a training step's loss and gradients are computed. It deals in sums over samples, so that
/// parts of a batch add up to the batch.
class StepProgram {
 public:
  virtual ~StepProgram() = default;
  /// Adds the gradient of `scale` times the summed loss to the parameters' gradients, and the batch
  /// to the counts.
  /// @return  false, with nothing counted, where the loss is not finite: gradients mean nothing
  ///          then. A GPU is not asked, and its batches count.
  virtual bool accumulate(const Batch& batch, const StepSettings& settings, double scale,
                          const StepCounts& counts) = 0;
  enum class Step { cannot, done, not_finite };
  /// One update by the mean loss of a batch, the optimiser folded in; gradients are not kept.
  /// @param step  updates made before this one
  /// @return      with nothing done where the program cannot, or where the loss is not finite
  virtual Step step(const Batch& /*batch*/, const StepSettings& /*settings*/, int64_t /*step*/,
                    Optimizer& /*optimizer*/, const StepCounts& /*counts*/) {
    return Step::cannot;
  }
};

/// True also of a loss on a GPU, which is not waited for.
bool has_finite_loss(const BatchLoss& loss);

/// What a training pass by autograd takes beside the model.
struct PassInputs {
  at::Tensor target;     ///< [B, D]
  at::Tensor condition;  ///< [B, classes] or undefined
  const Noise& noise;
};

/// By autograd through the model's modules: right for every model.
class AutogradProgram : public StepProgram {
 public:
  /// Both must outlive this. Gradients go to the model's parameters.
  AutogradProgram(Autoencoder& model, const Objective& objective,
                  Precision precision = Precision::float32)
      : model_(model), objective_(objective), precision_(precision) {}

  bool accumulate(const Batch& batch, const StepSettings& settings, double scale,
                  const StepCounts& counts) override;
  /// The same of what lies on the device already; the terms are given back, not counted. None where
  /// the loss is not finite.
  /// @param laps  of the caller, which has fetched the inputs
  std::vector<Term> accumulate(const PassInputs& inputs, const StepSettings& settings, double scale,
                               LatentUsage* usage, Laps& laps);
  /// Adds held-out data to the counts; no gradients.
  void evaluate(const Batch& batch, const StepSettings& settings, const StepCounts& counts);

 private:
  Autoencoder& model_;
  const Objective& objective_;
  Precision precision_;
};

}  // namespace ae
