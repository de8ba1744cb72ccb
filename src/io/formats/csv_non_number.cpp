#include "io/formats/csv_non_number.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "core/error.h"
#include "io/formats/csv_number.h"
#include "io/formats/csv_number_format.h"
#include "io/formats/csv_sample.h"
#include "io/quote.h"

namespace ae {
namespace {

using namespace std::string_view_literals;

constexpr std::array kMissing = {""sv,     "na"sv, "n/a"sv, "#n/a"sv, "nan"sv, "-nan"sv, "null"sv,
                                 "none"sv, "?"sv,  "-"sv,   "."sv,    "#na"sv, "<na>"sv, "--"sv};
constexpr std::array kTrue = {"true"sv, "yes"sv, "t"sv, "y"sv, "on"sv};
constexpr std::array kFalse = {"false"sv, "no"sv, "f"sv, "n"sv, "off"sv};

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

template <class Texts>
bool is_any_of(std::string_view cell, const Texts& texts) {
  return std::any_of(texts.begin(), texts.end(), [&](std::string_view text) {
    return std::equal(cell.begin(), cell.end(), text.begin(), text.end(),
                      [](char a, char b) { return lower(a) == b; });
  });
}

/// The separator of a cell that holds several numbers.
std::optional<char> separator_of_numbers(std::string_view cell, const CsvDialect& dialect) {
  constexpr size_t kMaxCell = 4096;
  if (cell.size() > kMaxCell) return std::nullopt;
  for (const char separator : {';', '|', '\t', ' ', ','}) {
    CsvDialect other = dialect;
    other.separator = separator;
    if (separator == dialect.decimal) continue;
    const auto fields = sample_fields(cell, other);
    const bool numbers = std::all_of(fields.begin(), fields.end(), [&](std::string_view field) {
      return parse_double(field, dialect.decimal).has_value();
    });
    if (fields.size() > 1 && numbers) return separator;
  }
  return std::nullopt;
}

bool has_unit_of_letters(std::string_view cell, char decimal) {
  const size_t digits = cell.find_first_not_of("+-0123456789.,");
  if (digits == 0 || digits == std::string_view::npos) return false;
  const char first = trimmed(cell.substr(digits)).front();
  const auto byte = static_cast<unsigned char>(first);
  const bool letter = (lower(first) >= 'a' && lower(first) <= 'z') || byte >= 0x80;
  return letter && parse_double(cell.substr(0, digits), decimal).has_value();
}

std::string no_float_text(std::string_view cell, double value) {
  if (std::isfinite(value)) {
    return fmt::format(
        "{} does not fit float32; expected at most 3.4e38 in magnitude; scale the data first",
        quote(cell));
  }
  return fmt::format(
      "{}; expected finite numbers; list it in data.missing.values if it means a missing value,"
      " or remove such rows",
      quote(cell));
}

std::string other_decimal_text(std::string_view cell, const CsvDialect& dialect, bool thousands) {
  const bool comma = dialect.decimal == '.';
  return fmt::format(
      "{} has a {}; expected a decimal {}; set data.dialect.decimal to \"{}\" if that is the"
      " decimal mark of the file{}",
      quote(cell), comma ? "comma" : "point", comma ? "point" : "comma", comma ? ',' : '.',
      thousands ? ", or write the column's numbers alike if it separates thousands" : "");
}

}  // namespace

bool is_missing_text(std::string_view cell) { return is_any_of(trimmed(cell), kMissing); }

std::optional<bool> boolean_of(std::string_view cell) {
  if (is_any_of(cell, kTrue)) return true;
  if (is_any_of(cell, kFalse)) return false;
  return std::nullopt;
}

std::string missing_text(std::string_view cell) {
  return fmt::format(
      "{}; set data.missing to \"mask\" to leave such values out of the loss, or to \"mean\", "
      "\"median\" or \"most_frequent\" to fill them, or remove such rows",
      cell.empty() ? "empty cell, a missing value" : quote(cell) + ", a missing value");
}

std::string non_number_text(std::string_view cell, const CsvDialect& dialect) {
  const std::string_view text = trimmed(cell);
  if (is_missing_text(text)) return missing_text(text);
  if (const auto value = parse_double(text, dialect.decimal)) return no_float_text(text, *value);
  if (boolean_of(text)) {
    return fmt::format(
        "{} is a boolean; expected a number; declare the column \"boolean\" in data.types",
        quote(text));
  }
  const auto format = detect_number_format({&text, 1}, dialect.decimal);
  if (parse_double(text, dialect.decimal == '.' ? ',' : '.')) {
    return other_decimal_text(text, dialect, format.has_value());
  }
  const auto separator = separator_of_numbers(text, dialect);
  if (format || (!separator && has_unit_of_letters(text, dialect.decimal))) {
    return fmt::format(
        "{} is a number {}; expected a plain number; write all numbers of the column alike, move a"
        " unit into the column's name, or list the column in data.train.exclude",
        quote(text), format ? number_format_text(*format) : "with a unit");
  }
  if (separator) {
    return fmt::format(
        "{} holds several numbers; expected one in each field; set data.dialect.separator to"
        " \"{}\"",
        quote(text), *separator == '\t' ? "\\t" : std::string(1, *separator));
  }
  return fmt::format(
      "text {}; expected a number; declare the column \"categorical\" in data.types, list it in"
      " data.train.exclude, or name it as labels if it is the class",
      quote(text));
}

}  // namespace ae
