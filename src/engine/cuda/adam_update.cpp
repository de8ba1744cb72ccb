#include "engine/cuda/adam_update.h"

#include <cmath>

#include "engine/cuda/kernels.h"

namespace ae::cuda {

bool has_updates() { return Kernels::find() != nullptr; }

void update_by_adam(FlatParameters& parameters, const Optimizer::GpuUpdate& update,
                    const AdamMemory& memory) {
  const int64_t n = parameters.values().numel();
  const AdamFactors operands{.beta1 = static_cast<float>(memory.beta1),
                             .beta2 = static_cast<float>(memory.beta2),
                             .log_beta1 = static_cast<float>(std::log(memory.beta1)),
                             .log_beta2 = static_cast<float>(std::log(memory.beta2)),
                             .epsilon = static_cast<float>(memory.epsilon),
                             .weight_decay = static_cast<float>(memory.weight_decay),
                             .decoupled = memory.decoupled};
  // The parameters' buffer is a multiple of 256 bytes.
  Kernels::get().adam(blocks_of(n / 4), kThreads, n / 4, operands, data(update.learning_rate),
                      data(update.updates), mutable_data(parameters.values()),
                      mutable_data(parameters.gradients()), mutable_data(memory.exp_avg),
                      mutable_data(memory.exp_avg_sq));
}

}  // namespace ae::cuda
