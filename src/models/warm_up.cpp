#include "models/warm_up.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace ae {

double completed_fraction(int64_t step, int64_t length) {
  return step >= length ? 1 : static_cast<double>(step) / static_cast<double>(length);
}

void WarmUp::visit(OptionVisitor& visitor) {
  static const std::vector<std::string> kShapes = {"linear", "cosine", "cyclical"};
  visitor.choice("shape", shape, kShapes,
                 "Shape of the warm-up: linear (Bowman et al. 2016), cosine (half a cosine), or "
                 "cyclical (restarts from 0 several times, Fu et al. 2019).");
  length.declare_length(visitor, "length",
                        "Length of the warm-up; the weight is constant afterwards.");
  visitor.option("cycles", cycles, between(1, 1e6), "cyclical: number of cycles in the length.");
  visitor.option(
      "rising", rising, {.min = 0, .max = 1, .min_open = true},
      "cyclical: fraction of each cycle in which the weight rises linearly from 0; it is "
      "constant for the rest.");
}

double WarmUp::factor(int64_t step, int64_t updates_per_epoch) const {
  const double done = completed_fraction(step, length.updates(updates_per_epoch));
  if (done >= 1) return 1;
  if (shape == "cosine") return 0.5 * (1 - std::cos(std::numbers::pi * done));
  if (shape == "cyclical") {
    const double cycle = done * static_cast<double>(cycles);
    return std::min(1.0, (cycle - std::floor(cycle)) / rising);
  }
  return done;
}

}  // namespace ae
