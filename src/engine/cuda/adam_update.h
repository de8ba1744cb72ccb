#pragma once

#include "engine/optimizer.h"

namespace ae::cuda {

/// Adam's options, and the memory that it keeps.
struct AdamMemory {
  double beta1;
  double beta2;
  double epsilon;
  double weight_decay;
  bool decoupled;  ///< the decay acts on the weights themselves
  const at::Tensor& exp_avg;
  const at::Tensor& exp_avg_sq;
};

/// True where there are kernels.
bool has_updates();

/// An update of float32 parameters by Adam in one kernel, after which the gradients are 0.
void update_by_adam(FlatParameters& parameters, const Optimizer::GpuUpdate& update,
                    const AdamMemory& memory);

}  // namespace ae::cuda
