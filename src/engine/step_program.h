#pragma once

#include <ATen/core/Tensor.h>

#include <memory>

#include "engine/flat_parameters.h"
#include "engine/latent_usage.h"
#include "engine/term_sums.h"
#include "models/autoencoder.h"
#include "models/latent_statistics.h"
#include "models/objective.h"
#include "models/saturation.h"

namespace ae {

/// Samples to learn from or to be measured on.
struct Batch {
  at::Tensor target;       ///< [B, D] scaled data, clean
  const Noise& noise;      ///< for these rows
  at::Tensor labels = {};  ///< [B] int64, for a conditional model; else undefined

  int64_t samples() const { return target.size(0); }
};

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
};

/// How a model's loss and gradients are computed. It deals in sums over samples, so that shards
/// of a batch add up to the batch.
class StepProgram {
 public:
  virtual ~StepProgram() = default;
  /// Adds the gradient of `scale` times the summed loss to parameters.gradients(), and the
  /// batch to the counts.
  virtual void accumulate(const Batch& batch, const StepSettings& settings, double scale,
                          FlatParameters& parameters, const StepCounts& counts) = 0;
  /// Adds held-out data to the counts; no gradients.
  virtual void evaluate(const Batch& batch, const StepSettings& settings,
                        const StepCounts& counts) = 0;
};

/// By autograd through the model's modules: right for every model.
class AutogradProgram : public StepProgram {
 public:
  AutogradProgram(std::shared_ptr<Autoencoder> model, Objective objective);

  void accumulate(const Batch& batch, const StepSettings& settings, double scale,
                  FlatParameters& parameters, const StepCounts& counts) override;
  void evaluate(const Batch& batch, const StepSettings& settings,
                const StepCounts& counts) override;

 private:
  std::shared_ptr<Autoencoder> model_;
  Objective objective_;
};

}  // namespace ae
