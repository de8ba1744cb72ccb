#include "engine/step_executor.h"

#include <cmath>

namespace ae {

bool has_finite_loss(const BatchLoss& loss) {
  return !loss.loss.is_cpu() || std::isfinite(loss.loss.item<double>());
}

}  // namespace ae
