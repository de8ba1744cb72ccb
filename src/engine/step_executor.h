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

/// Scheduled settings of a step: a function of the step alone.
struct StepSettings {
  double learning_rate = 0;
  LossWeights weights;
  int64_t dead_after_rows = 0;  ///< rows of inactivity after which a latent counts as dead
};

/// Accumulators that a step updates beside the gradients; null ones are skipped.
struct StepCounts {
  LossTerms* sums;                         ///< loss terms; not null
  DeadLatentTracker* tracker = nullptr;    ///< training only
  LatentStatistics* statistics = nullptr;  ///< evaluation only
  Saturation* saturation = nullptr;        ///< evaluation only, for bounded outputs
  PhaseTimes* times = nullptr;             ///< training only
};

/// Computes loss and gradients of a training step, as sums over samples, so that the parts of a
/// batch add up to the batch.
class StepExecutor {
 public:
  virtual ~StepExecutor() = default;
  /// Adds the gradient of `scale` times the summed loss to the parameters' gradients, and updates
  /// the counts.
  /// @return  false if the loss is not finite: counts are unchanged, gradients undefined. Not
  ///          checked on a GPU, where the return value is always true.
  virtual bool accumulate(const Batch& batch, const StepSettings& settings, double scale,
                          const StepCounts& counts) = 0;
  enum class Step { cannot, done, not_finite };
  /// One update by the mean loss of a batch, with the optimiser fused into the backward pass;
  /// gradients are not stored.
  /// @param step  number of updates before this one
  /// @return      `cannot` if not supported, `not_finite` if the loss is not finite; parameters are
  ///              unchanged in both cases
  virtual Step step(const Batch& /*batch*/, const StepSettings& /*settings*/, int64_t /*step*/,
                    Optimizer& /*optimizer*/, const StepCounts& /*counts*/) {
    return Step::cannot;
  }
};

/// Returns true if the loss is finite, or on a GPU, which is not waited for.
bool has_finite_loss(const BatchLoss& loss);

}  // namespace ae
