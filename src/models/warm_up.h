#pragma once

#include <cstdint>
#include <string>

#include "config/interval.h"

namespace ae {

/// Warm-up of a loss weight from 0 to its configured value.
struct WarmUp {
  std::string shape = "linear";
  Interval length{10, Interval::Unit::epochs};
  int64_t cycles = 4;
  double rising = 0.5;

  void visit(OptionVisitor& visitor);
  /// Factor of the weight at update `step`, in [0, 1].
  double factor(int64_t step, int64_t updates_per_epoch) const;
};

/// step / length, at most 1; 1 if length is 0.
double completed_fraction(int64_t step, int64_t length);

}  // namespace ae
