#include "io/formats/csv_number.h"

#include <charconv>
#include <limits>
#include <system_error>

namespace ae {
namespace {

/// The cell trimmed and without a leading plus; empty if it cannot be a number.
std::string_view digits_of(std::string_view cell) {
  cell = trimmed(cell);
  if (cell.empty() || cell[0] != '+') return cell;
  cell.remove_prefix(1);
  return cell.starts_with('-') ? std::string_view() : cell;
}

/// Signed zero or infinity for a well-formed number beyond the range of double.
double limit_of(std::string_view digits) {
  const bool negative = digits.starts_with('-');
  const size_t e = digits.find_first_of("eE");
  // Without an exponent, the number underflows if its first nonzero digit is after the point.
  const bool underflows = e == std::string_view::npos
                              ? digits.find_first_of("123456789") > digits.find('.')
                              : digits.substr(e + 1).starts_with('-');
  const double limit = underflows ? 0.0 : std::numeric_limits<double>::infinity();
  return negative ? -limit : limit;
}

}  // namespace

std::string_view trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::optional<double> parse_double(std::string_view cell) {
  const std::string_view digits = digits_of(cell);
  double value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (digits.empty() || end != digits.data() + digits.size()) return std::nullopt;
  if (error == std::errc::result_out_of_range) return limit_of(digits);
  if (error != std::errc()) return std::nullopt;
  return value;
}

std::optional<float> parse_float(std::string_view cell) {
  const std::string_view digits = digits_of(cell);
  float value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (digits.empty() || end != digits.data() + digits.size()) return std::nullopt;
  if (error == std::errc()) return value;
  const auto wide = parse_double(cell);
  if (!wide) return std::nullopt;
  return static_cast<float>(*wide);
}

std::optional<int64_t> parse_integer(std::string_view cell) {
  const std::string_view digits = digits_of(cell);
  int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (digits.empty() || end != digits.data() + digits.size() || error != std::errc()) {
    return std::nullopt;
  }
  return value;
}

}  // namespace ae
