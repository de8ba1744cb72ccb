#include "training/interval.h"

#include <charconv>
#include <cmath>

#include "core/error.h"

namespace ae {
namespace {

std::string interval_text(const Interval& interval) {
  switch (interval.unit) {
    case Interval::Unit::epochs:
      return fmt::format("{}e", interval.amount);
    case Interval::Unit::updates:
      return fmt::format("{}u", interval.amount);
    case Interval::Unit::seconds:
      return fmt::format("{}s", interval.amount);
  }
  return "";
}

bool read_interval(const Json& json, Interval& interval) {
  if (!json.is_string()) return false;
  const auto text = json.get<std::string>();
  double amount = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), amount);
  if (error != std::errc() || !(amount > 0) || !std::isfinite(amount)) return false;
  const std::string unit(end, text.data() + text.size());
  const bool whole = amount == std::floor(amount);
  if (unit == "e" || unit == "u") {
    interval = {amount, unit == "e" ? Interval::Unit::epochs : Interval::Unit::updates};
    return whole;
  }
  const double factor = unit == "s" ? 1 : unit == "min" ? 60 : unit == "h" ? 3600 : 0;
  interval = {amount * factor, Interval::Unit::seconds};
  return factor > 0;
}

}  // namespace

void Interval::declare(OptionVisitor& visitor, const char* name, const char* help) {
  visitor.leaf({name,
                help,
                {"an interval such as \"10e\" (epochs), \"5000u\" (updates), \"30s\", \"10min\" "
                 "or \"2h\"",
                 {{"type", "string"}, {"pattern", "^[0-9]+(\\.[0-9]+)?(e|u|s|min|h)$"}}},
                false,
                interval_text(*this),
                [this](const Json& json) { return read_interval(json, *this); }});
}

}  // namespace ae
