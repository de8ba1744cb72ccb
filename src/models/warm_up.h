#pragma once

#include <cstdint>
#include <string>

#include "config/interval.h"

namespace ae {

/// How the weight of a term grows from 0 to what the config says.
struct WarmUp {
  std::string shape = "linear";
  Interval length{10, Interval::Unit::epochs};
  int64_t cycles = 4;
  double rising = 0.5;

  void visit(OptionVisitor& visitor);
  /// What the weight is multiplied by at an update: a function of the update's number alone.
  double factor(int64_t step, int64_t updates_per_epoch) const;
};

/// step / length, at most 1; 1 for no length.
double partition(int64_t step, int64_t length);

}  // namespace ae
