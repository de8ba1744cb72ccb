#include "config/interval.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "core/error.h"

namespace ae {
namespace {

constexpr double kMaxAmount = 1e15;

bool read_interval(const Json& json, Interval& interval) {
  if (!json.is_string()) return false;
  const auto text = json.get<std::string>();
  double amount = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), amount);
  if (error != std::errc() || !(amount > 0 && amount <= kMaxAmount)) return false;
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

bool read_length(const Json& json, Interval& length) {
  return read_interval(json, length) && length.unit != Interval::Unit::seconds;
}

ValueType length_type() {
  return {"a length such as \"10e\" (epochs) or \"5000u\" (updates), at most 1e15",
          {{"type", "string"}, {"pattern", "^[0-9]+(e|u)$"}}};
}

}  // namespace

void Interval::declare(OptionVisitor& visitor, const char* name, const char* help) {
  visitor.leaf({name,
                help,
                {"an interval such as \"10e\" (epochs), \"5000u\" (updates), \"30s\", \"10min\" "
                 "or \"2h\", at most 1e15 of them",
                 {{"type", "string"}, {"pattern", "^[0-9]+(\\.[0-9]+)?(e|u|s|min|h)$"}}},
                false,
                text(),
                [this](const Json& json) { return read_interval(json, *this); }});
}

void Interval::declare_length(OptionVisitor& visitor, const char* name, const char* help) {
  visitor.leaf({name, help, length_type(), false, text(),
                [this](const Json& json) { return read_length(json, *this); }});
}

void Interval::declare_length(OptionVisitor& visitor, const char* name,
                              std::optional<Interval>& length, const char* help) {
  visitor.leaf({name, help, or_null(length_type()), false, length ? Json(length->text()) : Json(),
                [&length](const Json& json) {
                  if (json.is_null()) {
                    length.reset();
                    return true;
                  }
                  return read_length(json, length.emplace());
                }});
}

std::string Interval::text() const {
  switch (unit) {
    case Unit::epochs:
      return fmt::format("{}e", amount);
    case Unit::updates:
      return fmt::format("{}u", amount);
    case Unit::seconds:
      return fmt::format("{}s", amount);
  }
  return "";
}

std::optional<double> duration_seconds(const std::string& text) {
  Interval interval;
  const bool is_duration =
      read_interval(text, interval) && interval.unit == Interval::Unit::seconds;
  return is_duration ? std::optional(interval.amount) : std::nullopt;
}

int64_t Interval::updates(int64_t updates_per_epoch) const {
  constexpr double kMax = 0x1p62;
  const double each = unit == Unit::epochs ? static_cast<double>(updates_per_epoch) : 1;
  return static_cast<int64_t>(std::min(amount * each, kMax));
}

}  // namespace ae
