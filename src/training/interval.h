#pragma once

#include <string>

#include "config/option_visitor.h"

namespace ae {

/// A length of training, written as a number and a unit: "10e" (epochs), "5000u" (updates),
/// "30s", "10min", "2h".
struct Interval {
  enum class Unit { epochs, updates, seconds };
  double amount = 1;
  Unit unit = Unit::epochs;

  void declare(OptionVisitor& visitor, const char* name, const char* help);
};

}  // namespace ae
