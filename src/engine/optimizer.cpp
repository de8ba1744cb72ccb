#include "engine/optimizer.h"

#include <ATen/ops/full.h>

#define AE_OPTIMIZERS(part) part(adam) part(adamw) part(rmsprop) part(sgd)

namespace ae {

void Optimizer::update(FlatParameters& parameters, double learning_rate, int64_t step) {
  if (!parameters.values().is_cpu()) {
    const auto number = parameters.values().options().dtype(at::kFloat);
    update_on_gpu(parameters, {.learning_rate = at::full({}, learning_rate, number),
                               .updates = at::full({}, static_cast<double>(step + 1), number)});
    return parameters.zero_frozen_gradients();
  }
  update_range(parameters, {.range = {0, parameters.trainable_count()},
                            .gradients = parameters.gradients().const_data_ptr(),
                            .learning_rate = learning_rate,
                            .step = step});
}

AE_PART_TABLE(OptimizerSpec, optimizers, AE_OPTIMIZERS)

}  // namespace ae
