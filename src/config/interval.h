#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "config/option_visitor.h"

namespace ae {

/// An interval or length of training, written as a number and a unit: "10e" (epochs), "5000u"
/// (updates), "30s", "10min", "2h".
struct Interval {
  enum class Unit { epochs, updates, seconds };
  double amount = 1;
  Unit unit = Unit::epochs;

  /// Declares an option for an interval in any unit.
  void declare(OptionVisitor& visitor, const char* name, const char* help);
  /// Declares an option for a length in epochs or updates, which is known before training.
  void declare_length(OptionVisitor& visitor, const char* name, const char* help);
  /// Declares an option for a length that may be absent or null.
  static void declare_length(OptionVisitor& visitor, const char* name,
                             std::optional<Interval>& length, const char* help);

  /// Text for a config, such as "10e".
  std::string text() const;
  /// Number of updates; saturates at 2^62. The unit must not be seconds.
  int64_t updates(int64_t updates_per_epoch) const;
};

/// Parses a duration ("90s", "30min", "2h") to seconds; nullopt for another text.
std::optional<double> duration_seconds(const std::string& text);

}  // namespace ae
