#include "io/formats/csv_number.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
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

/// mantissa * 10^exponent, the value of a cell of at most kMaxDigits digits.
struct DecimalNumber {
  uint64_t mantissa = 0;
  int exponent = 0;
  bool negative = false;
};

constexpr int kMaxDigits = 19;  // fit uint64
constexpr int kMaxExactPower = 22;
constexpr std::array<double, kMaxExactPower + 1> kPowersOfTen = {
    1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
    1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

/// Appends the digits at `at` to the mantissa. @return the first byte that is none
const char* read_digits(const char* at, const char* end, uint64_t& mantissa) {
  if constexpr (std::endian::native == std::endian::little) {
    while (end - at >= 8) {  // eight at once: Lemire, "Quickly parsing eight digits"
      uint64_t word = 0;
      std::memcpy(&word, at, sizeof(word));
      const uint64_t high = word & 0xf0f0f0f0f0f0f0f0U;
      const uint64_t carried = (word + 0x0606060606060606U) & 0xf0f0f0f0f0f0f0f0U;
      if (high != 0x3030303030303030U || carried != 0x3030303030303030U) break;
      word -= 0x3030303030303030U;
      word = word * 10 + (word >> 8);
      word = ((word & 0x000000ff000000ffU) * 0x000f424000000064U +
              ((word >> 16) & 0x000000ff000000ffU) * 0x0000271000000001U) >>
             32;
      mantissa = mantissa * 100'000'000 + word;
      at += 8;
    }
  }
  for (; at < end && *at >= '0' && *at <= '9'; ++at) {
    mantissa = mantissa * 10 + static_cast<uint64_t>(*at - '0');
  }
  return at;
}

/// Reads a number of the common forms; false for others and for what is no number.
bool read_decimal(std::string_view cell, char decimal, DecimalNumber& number) {
  const char* at = cell.data();
  const char* const end = at + cell.size();
  number.negative = at < end && *at == '-';
  if (number.negative) ++at;
  const char* const whole = at;
  at = read_digits(at, end, number.mantissa);
  auto digits = at - whole;
  if (at < end && *at == decimal) {
    const char* const fraction = ++at;
    at = read_digits(at, end, number.mantissa);
    digits += at - fraction;
    number.exponent = static_cast<int>(fraction - at);
  }
  if (digits == 0 || digits > kMaxDigits) return false;
  if (at == end) return true;
  if (*at != 'e' && *at != 'E') return false;
  if (++at < end && *at == '+') ++at;
  const bool below_one = at < end && *at == '-';
  if (below_one) ++at;
  if (below_one && at[-2] == '+') return false;
  if (at == end || end - at > 3) return false;
  int power = 0;
  for (; at < end; ++at) {
    if (*at < '0' || *at > '9') return false;
    power = power * 10 + (*at - '0');
  }
  number.exponent += below_one ? -power : power;
  return true;
}

/// Its value with at most two roundings; exact powers only.
std::optional<double> nearly(const DecimalNumber& number) {
  if (number.exponent < -kMaxExactPower || number.exponent > kMaxExactPower) return std::nullopt;
  const auto mantissa = static_cast<double>(number.mantissa);
  const double value = number.exponent < 0
                           ? mantissa / kPowersOfTen[static_cast<size_t>(-number.exponent)]
                           : mantissa * kPowersOfTen[static_cast<size_t>(number.exponent)];
  return number.negative ? -value : value;
}

std::optional<double> parse_point_double(std::string_view digits) {
  double value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (digits.empty() || end != digits.data() + digits.size()) return std::nullopt;
  if (error == std::errc::result_out_of_range) return limit_of(digits);
  if (error != std::errc()) return std::nullopt;
  return value;
}

std::optional<float> parse_point_float(std::string_view digits) {
  float value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (digits.empty() || end != digits.data() + digits.size()) return std::nullopt;
  if (error == std::errc()) return value;
  const auto wide = parse_point_double(digits);
  if (!wide) return std::nullopt;
  return static_cast<float>(*wide);
}

/// The number with a point as decimal mark; empty if it has one already.
std::string with_point(std::string_view digits, char decimal) {
  if (digits.find('.') != std::string_view::npos) return {};
  std::string changed(digits);
  std::replace(changed.begin(), changed.end(), decimal, '.');
  return changed;
}

}  // namespace

std::string_view trimmed(std::string_view text) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

std::optional<double> parse_double(std::string_view cell, char decimal) {
  const std::string_view digits = digits_of(cell);
  constexpr uint64_t kMaxExactMantissa = uint64_t{1} << 53;
  DecimalNumber number;
  if (read_decimal(digits, decimal, number) && number.mantissa <= kMaxExactMantissa) {
    // Operands are exact, so the one rounding is right (Clinger 1990).
    if (const auto value = nearly(number)) return value;
  }
  return parse_point_double(decimal == '.' ? digits : with_point(digits, decimal));
}

std::optional<float> parse_float(std::string_view cell, char decimal) {
  const std::string_view digits = digits_of(cell);
  DecimalNumber number;
  if (read_decimal(digits, decimal, number)) {
    // Off by some last bits of the double, which decide only near the middle of two floats.
    constexpr uint64_t kBelowFloat = (uint64_t{1} << 29) - 1;
    constexpr uint64_t kMiddle = uint64_t{1} << 28;
    constexpr uint64_t kMaxError = 8;
    const auto value = nearly(number);
    const uint64_t below = value ? std::bit_cast<uint64_t>(*value) & kBelowFloat : kMiddle;
    const double size = value ? std::abs(*value) : 0;
    const bool in_range = (size >= 1.2e-38 && size <= 3.4e38) || number.mantissa == 0;
    if (in_range && below + kMaxError - kMiddle > 2 * kMaxError) return static_cast<float>(*value);
  }
  return parse_point_float(decimal == '.' ? digits : with_point(digits, decimal));
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
