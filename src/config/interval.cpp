#include "config/interval.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

#include "core/error.h"

namespace ae {
namespace {

/// In digits before the point, so that a double holds every whole amount.
constexpr size_t kMaxDigits = 15;
constexpr double kMaxAmount = 999'999'999'999'999;

/// Splits "1.5min" into its digits, its fraction and its unit. @return false if it is none
bool split(std::string_view text, std::string_view& amount, bool& has_fraction,
           std::string_view& unit) {
  constexpr std::string_view kDigits = "0123456789";
  const size_t whole = std::min(text.find_first_not_of(kDigits), text.size());
  size_t end = whole;
  has_fraction = text.substr(whole).starts_with(".");
  if (has_fraction) {
    end = std::min(text.find_first_not_of(kDigits, whole + 1), text.size());
    if (end == whole + 1) return false;
  }
  amount = text.substr(0, end);
  unit = text.substr(end);
  return whole > 0 && whole <= kMaxDigits;
}

bool read_interval(const Json& json, Interval& interval) {
  if (!json.is_string()) return false;
  const auto text = json.get<std::string>();
  std::string_view digits;
  std::string_view unit;
  bool has_fraction = false;
  if (!split(text, digits, has_fraction, unit)) return false;
  double amount = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), amount, std::chars_format::fixed);
  if (!(amount > 0)) return false;
  if (unit == "e" || unit == "u") {
    interval = {amount, unit == "e" ? Interval::Unit::epochs : Interval::Unit::updates};
    return !has_fraction;
  }
  const double factor = unit == "s" ? 1 : unit == "min" ? 60 : unit == "h" ? 3600 : 0;
  interval = {std::min(amount * factor, kMaxAmount), Interval::Unit::seconds};
  return factor > 0;
}

bool read_length(const Json& json, Interval& length) {
  return read_interval(json, length) && length.unit != Interval::Unit::seconds;
}

// Positive, with at most kMaxDigits digits before the point.
constexpr const char* kLengthPattern = "^(?=0*[1-9])[0-9]{1,15}(e|u)$";
constexpr const char* kIntervalPattern = "^(?=[0.]*[1-9])[0-9]{1,15}(e|u|(\\.[0-9]+)?(s|min|h))$";

ValueType length_type() {
  return {
      "a length such as \"10e\" (epochs) or \"5000u\" (updates), above 0 and of at most 15 digits",
      {{"type", "string"}, {"pattern", kLengthPattern}}};
}

}  // namespace

void Interval::declare(OptionVisitor& visitor, const char* name, const char* help) {
  visitor.leaf({name,
                help,
                {"an interval such as \"10e\" (epochs), \"5000u\" (updates), \"30s\", \"1.5min\" "
                 "or \"2h\", above 0 and of at most 15 digits",
                 {{"type", "string"}, {"pattern", kIntervalPattern}}},
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
  const char* name = unit == Unit::epochs ? "e" : unit == Unit::updates ? "u" : "s";
  std::array<char, 400> digits{};  // without an exponent, which read_interval() refuses
  const auto [end, error] =
      std::to_chars(digits.data(), digits.data() + digits.size(), amount, std::chars_format::fixed);
  return std::string(digits.data(), end) + name;
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
