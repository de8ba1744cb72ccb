#pragma once

#include <ATen/core/Tensor.h>

#include "engine/batch.h"
#include "engine/dead_latent_tracker.h"
#include "engine/flat_parameters.h"
#include "engine/loss_terms.h"
#include "engine/optimizer.h"
#include "engine/phase_timer.h"
#include "engine/precision.h"
#include "models/autoencoder.h"
#include "models/latent_statistics.h"
#include "models/objective.h"
#include "models/saturation.h"

namespace ae {

/// What may change from step to step: a function of the step alone.
struct StepSettings {
  double learning_rate = 0;
  LossWeights weights;
  int64_t dead_after_rows = 0;  ///< inactive for so many rows a latent counts as dead
};

/// What is counted beside the gradients; each where it is wanted.
struct StepCounts {
  LossTerms* sums;                         ///< the objective's terms
  DeadLatentTracker* tracker = nullptr;    ///< in training
  LatentStatistics* statistics = nullptr;  ///< in evaluation
  Saturation* saturation = nullptr;        ///< in evaluation, where outputs have bounds
  PhaseTimes* times = nullptr;             ///< in training
};

/// How a training step's loss and gradients are computed. It deals in sums over samples, so that
/// parts of a batch add up to the batch.
class StepExecutor {
 public:
  virtual ~StepExecutor() = default;
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

}  // namespace ae
