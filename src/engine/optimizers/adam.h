#pragma once

#include <memory>

#include "engine/optimizer.h"

namespace ae::optimizers {

/// Options of Adam and of AdamW.
struct AdamOptions {
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 0;

  /// Declares all options but weight_decay, whose meaning differs between Adam and AdamW.
  void visit_moments(OptionVisitor& visitor);
};

/// Weight decay as an L2 penalty, whose gradient Adam adapts, or decoupled, on the weights.
enum class WeightDecay { by_gradient, decoupled };

std::unique_ptr<Optimizer> make_adam(const AdamOptions& options, WeightDecay decay,
                                     const FlatParameters& parameters);

}  // namespace ae::optimizers
