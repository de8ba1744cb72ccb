#pragma once

#include <optional>
#include <string>

#include "models/corruption.h"

namespace ae {

/// Strength of a corruption: the first number among its options, such as `noise_factor`.
struct CorruptionLevel {
  std::string option;
  double value;
};

/// None for a corruption without numbers.
std::optional<CorruptionLevel> corruption_level(const CorruptionPart& corruption);

/// The corruption with `factor` times its strength, rounded if that is a whole number; none if the
/// option does not take this value.
std::optional<CorruptionPart> scaled_corruption(const CorruptionPart& corruption, double factor);

}  // namespace ae
