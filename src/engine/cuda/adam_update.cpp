#include "engine/cuda/adam_update.h"

#include <cmath>

#include "engine/cuda/kernels.h"

namespace ae::cuda {

bool has_updates() { return Kernels::find() != nullptr; }

void update_by_adam(FlatParameters& parameters, const Optimizer::GpuUpdate& update,
                    const AdamState& state) {
  const int64_t n = parameters.trainable_count();
  const AdamFactors operands{.beta1 = static_cast<float>(state.beta1),
                             .beta2 = static_cast<float>(state.beta2),
                             .log_beta1 = static_cast<float>(std::log(state.beta1)),
                             .log_beta2 = static_cast<float>(std::log(state.beta2)),
                             .epsilon = static_cast<float>(state.epsilon),
                             .weight_decay = static_cast<float>(state.weight_decay),
                             .decoupled = state.decoupled};
  // Slices are padded to 64 bytes, so the number of parameters is a multiple of four.
  Kernels::get().adam(blocks_of(n / 4), kThreads, n / 4, operands, data(update.learning_rate),
                      data(update.updates), mutable_data(parameters.values()),
                      mutable_data(parameters.gradients()), mutable_data(state.exp_avg),
                      mutable_data(state.exp_avg_sq));
}

}  // namespace ae::cuda
