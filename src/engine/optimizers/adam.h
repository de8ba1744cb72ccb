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

  /// Declares all but weight_decay, which each of the two means in its own way.
  void visit_moments(OptionVisitor& visitor);
};

/// Where weight decay acts: as an L2 penalty, whose gradient is adapted with the rest, or on the
/// weights themselves.
enum class WeightDecay { by_gradient, decoupled };

std::unique_ptr<Optimizer> make_adam(const AdamOptions& options, WeightDecay decay,
                                     const FlatParameters& parameters);

}  // namespace ae::optimizers
