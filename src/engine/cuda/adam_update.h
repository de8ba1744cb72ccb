#pragma once

#include "engine/optimizer.h"

namespace ae::cuda {

/// Options and state of Adam.
struct AdamState {
  double beta1;
  double beta2;
  double epsilon;
  double weight_decay;
  bool decoupled;  ///< decoupled weight decay (AdamW)
  const at::Tensor& exp_avg;
  const at::Tensor& exp_avg_sq;
};

/// Returns true if the kernels are available.
bool has_updates();

/// Updates float32 parameters by Adam in one kernel and zeroes the gradients.
void update_by_adam(FlatParameters& parameters, const Optimizer::GpuUpdate& update,
                    const AdamState& state);

}  // namespace ae::cuda
