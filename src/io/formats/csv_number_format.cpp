#include "io/formats/csv_number_format.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/text.h"
#include "io/formats/csv_number.h"

namespace ae {
namespace {

using namespace std::string_view_literals;

constexpr std::array kCurrencies = {"$"sv, "€"sv, "£"sv, "¥"sv};
constexpr std::array kSpaces = {" "sv, "\xc2\xa0"sv, "\xe2\x80\xaf"sv, "\xe2\x80\x89"sv};
constexpr std::array kApostrophes = {"'"sv, "\xe2\x80\x99"sv};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Bytes of the separator of thousands that the text begins with; 0 for another beginning.
size_t separator_bytes(std::string_view text, char thousands) {
  const auto bytes_in = [&](const auto& marks) {
    const auto found =
        std::find_if(marks.begin(), marks.end(), [&](auto mark) { return text.starts_with(mark); });
    return found == marks.end() ? 0 : found->size();
  };
  if (thousands == ' ') return bytes_in(kSpaces);
  if (thousands == '\'') return bytes_in(kApostrophes);
  return thousands != 0 && text.starts_with(thousands) ? 1 : 0;
}

/// Without spaces of every kind at both ends.
std::string_view without_spaces(std::string_view text) {
  for (bool changed = true; changed;) {
    text = trimmed(text);
    changed = false;
    for (const std::string_view space : kSpaces) {
      if (text.starts_with(space)) text.remove_prefix(space.size()), changed = true;
      if (text.ends_with(space)) text.remove_suffix(space.size()), changed = true;
    }
  }
  return text;
}

/// Strips the mark from the end or, of a currency, the start; false if it is not there.
bool strip(std::string_view& text, std::string_view mark, bool at_start) {
  if (text.ends_with(mark)) {
    text.remove_suffix(mark.size());
  } else if (at_start && text.starts_with(mark)) {
    text.remove_prefix(mark.size());
  } else {
    return false;
  }
  text = without_spaces(text);
  return true;
}

bool strip_sign(std::string_view& text, bool& negative) {
  if (!text.starts_with('-') && !text.starts_with('+')) return false;
  negative = text.starts_with('-');
  text = without_spaces(text.substr(1));
  return true;
}

/// The digits without separators of thousands; empty if groups are not of three digits, or if
/// there is anything else than digits and one decimal mark.
std::string ungrouped(std::string_view digits, const NumberFormat& format) {
  std::string plain;
  size_t group = 0;  // digits since the last separator
  bool grouped = false;
  while (!digits.empty() && digits.front() != format.decimal) {
    if (is_digit(digits.front())) {
      plain += digits.front();
      digits.remove_prefix(1);
      ++group;
      continue;
    }
    const size_t bytes = separator_bytes(digits, format.thousands);
    const bool well_placed = grouped ? group == 3 : group >= 1 && group <= 3 && plain[0] != '0';
    if (bytes == 0 || !well_placed) return {};
    digits.remove_prefix(bytes);
    grouped = true;
    group = 0;
  }
  if (grouped && group != 3) return {};
  if (digits.empty()) return plain;
  digits.remove_prefix(1);
  if (!std::all_of(digits.begin(), digits.end(), is_digit) || plain.size() + digits.size() == 0) {
    return {};
  }
  return plain.append(1, '.').append(digits);
}

/// The separator of thousands in a number, 0 if it has none.
char thousands_in(std::string_view digits, char decimal) {
  for (; !digits.empty(); digits.remove_prefix(1)) {
    for (const char mark : {decimal == '.' ? ',' : '.', ' ', '\''}) {
      if (separator_bytes(digits, mark) != 0) return mark;
    }
  }
  return 0;
}

}  // namespace

std::optional<BareNumber> bare_number(std::string_view cell) {
  BareNumber number;
  std::string_view text = without_spaces(cell);
  const bool in_parentheses = text.size() > 2 && text.front() == '(' && text.back() == ')';
  if (in_parentheses) text = without_spaces(text.substr(1, text.size() - 2));
  bool has_sign = strip_sign(text, number.negative);
  for (const std::string_view currency : kCurrencies) {
    if (!strip(text, currency, true)) continue;
    number.currency = currency;
    break;
  }
  number.percent = strip(text, "%", false);
  if (!has_sign) has_sign = strip_sign(text, number.negative);
  if (in_parentheses) {
    if (has_sign) return std::nullopt;
    number.negative = true;
  }
  if (number.percent && !number.currency.empty()) return std::nullopt;
  number.digits = text;
  return number;
}

std::optional<double> parse_number(std::string_view cell, const NumberFormat& format) {
  if (format.is_plain()) return parse_double(cell, format.decimal);
  const std::optional<BareNumber> number = bare_number(cell);
  if (!number || number->currency != format.currency || number->percent != format.percent) {
    return std::nullopt;
  }
  // Neither a second sign, nor NaN or infinity with a unit.
  const auto begins_well = [&](char c) { return is_digit(c) || c == format.decimal; };
  if (number->digits.empty() || !begins_well(number->digits.front())) return std::nullopt;
  const std::string plain = ungrouped(number->digits, format);
  // With an exponent, there are no groups.
  std::optional<double> value =
      plain.empty() ? parse_double(number->digits, format.decimal) : parse_double(plain);
  if (!value) return std::nullopt;
  if (format.percent) *value /= 100;
  return number->negative ? -*value : *value;
}

std::optional<NumberFormat> detect_number_format(std::span<const std::string_view> cells,
                                                 char decimal) {
  NumberFormat format;
  format.decimal = decimal;
  const auto fits = [&](std::string_view cell) { return parse_number(cell, format).has_value(); };
  const auto other = std::find_if_not(cells.begin(), cells.end(), fits);
  if (other == cells.end()) return format;
  const std::optional<BareNumber> first = bare_number(*other);
  if (!first) return std::nullopt;
  format.currency = first->currency;
  format.percent = first->percent;
  for (auto cell = other; cell != cells.end() && format.thousands == 0; ++cell) {
    const std::optional<BareNumber> number = bare_number(*cell);
    if (!number) return std::nullopt;
    format.thousands = thousands_in(number->digits, decimal);
  }
  if (format.is_plain() || !std::all_of(cells.begin(), cells.end(), fits)) return std::nullopt;
  return format;
}

std::string number_format_text(const NumberFormat& format) {
  std::vector<std::string> parts;
  if (!format.currency.empty()) parts.push_back(format.currency);
  if (format.percent) parts.emplace_back("%");
  if (format.thousands == ' ') parts.emplace_back("thousands separated by spaces");
  if (format.thousands != 0 && format.thousands != ' ') {
    parts.push_back(std::string("thousands \"") + format.thousands + '"');
  }
  if (format.decimal == ',') parts.emplace_back("decimal comma");
  return parts.empty() ? "" : "with " + join(parts, " and ");
}

}  // namespace ae
