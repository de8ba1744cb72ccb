#pragma once

#include <cstdint>
#include <optional>
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
  /// The same in epochs or updates alone: a length that is known before training.
  void declare_length(OptionVisitor& visitor, const char* name, const char* help);
  /// Such a length, absent, or null.
  static void declare_length(OptionVisitor& visitor, const char* name,
                             std::optional<Interval>& length, const char* help);

  /// As it is written in a config.
  std::string text() const;
  /// A length in updates; more than any training has where it is beyond all numbers.
  int64_t updates(int64_t updates_per_epoch) const;
};

/// "90s", "30min" or "2h" in seconds; none for another text.
std::optional<double> duration_seconds(const std::string& text);

}  // namespace ae
