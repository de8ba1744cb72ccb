#pragma once

#include <ATen/core/Tensor.h>

#include <memory>

#include "engine/flat_parameters.h"
#include "engine/term_sums.h"
#include "models/autoencoder.h"
#include "models/objective.h"

namespace ae {

/// Samples to learn from or to be measured on.
struct Batch {
  at::Tensor target;   ///< [B, D] scaled data, clean
  const Noise& noise;  ///< for these rows

  int64_t samples() const { return target.size(0); }
};

/// What may change from step to step: a function of the step alone.
struct StepSettings {
  double learning_rate = 0;
  TermWeights weights;
};

/// How a model's loss and gradients are computed. It deals in sums over samples, so that shards
/// of a batch add up to the batch.
class StepProgram {
 public:
  virtual ~StepProgram() = default;
  /// Adds the gradient of `scale` times the summed loss to parameters.gradients(), and the
  /// batch's terms to `sums`.
  virtual void accumulate(const Batch& batch, const StepSettings& settings, double scale,
                          FlatParameters& parameters, TermSums& sums) = 0;
  /// Adds the terms of held-out data; no gradients.
  virtual void evaluate(const Batch& batch, const StepSettings& settings, TermSums& sums) = 0;
};

/// By autograd through the model's modules: right for every model.
class AutogradProgram : public StepProgram {
 public:
  AutogradProgram(std::shared_ptr<Autoencoder> model, Objective objective);

  void accumulate(const Batch& batch, const StepSettings& settings, double scale,
                  FlatParameters& parameters, TermSums& sums) override;
  void evaluate(const Batch& batch, const StepSettings& settings, TermSums& sums) override;

 private:
  std::shared_ptr<Autoencoder> model_;
  Objective objective_;
};

}  // namespace ae
