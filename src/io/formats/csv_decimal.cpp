#include <algorithm>

#include "io/formats/csv_number.h"
#include "io/formats/csv_number_format.h"
#include "io/formats/csv_sample.h"

namespace ae {
namespace {

/// How a number is written, as far as that tells the decimal mark.
enum class Evidence {
  none,           ///< no number
  whole,          ///< up to three digits: 371
  comma,          ///< 0,5 or 1.806,5
  point,          ///< 0.5 or 1,806.5
  grouped,        ///< 1,806: a decimal comma, or thousands
  point_grouped,  ///< 1.806
};

bool is_digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// True for digits in groups of three, in one group or several.
bool is_grouped(std::string_view digits, char mark) {
  const size_t first = digits.find(mark);
  if (first == std::string_view::npos || first == 0 || first > 3 || digits[0] == '0') return false;
  for (size_t at = first; at < digits.size(); at += 4) {
    if (digits[at] != mark || digits.size() - at < 4) return false;
    if (!is_digits(digits.substr(at + 1, 3))) return false;
  }
  return is_digits(digits.substr(0, first));
}

/// A fraction without or below groups: "0,5" or "1.806,5" for a decimal comma.
bool has_fraction(std::string_view digits, char decimal, char thousands) {
  const size_t mark = digits.find(decimal);
  if (mark == std::string_view::npos) return false;
  if (parse_double(digits, decimal)) return true;
  const std::string_view whole = digits.substr(0, mark);
  return is_grouped(whole, thousands) && is_digits(digits.substr(mark + 1));
}

Evidence evidence_of(std::string_view field) {
  const std::optional<BareNumber> number = bare_number(field);
  if (!number || number->digits.empty()) return Evidence::none;
  const std::string_view digits = number->digits;
  const auto commas = std::count(digits.begin(), digits.end(), ',');
  const auto points = std::count(digits.begin(), digits.end(), '.');
  if (is_grouped(digits, ',')) return commas > 1 ? Evidence::point : Evidence::grouped;
  if (is_grouped(digits, '.')) return points > 1 ? Evidence::comma : Evidence::point_grouped;
  if (has_fraction(digits, ',', '.')) return Evidence::comma;
  if (has_fraction(digits, '.', ',')) return Evidence::point;
  return digits.size() <= 3 && is_digits(digits) ? Evidence::whole : Evidence::none;
}

struct ColumnEvidence {
  bool has_whole = false;
  std::string_view grouped;  // the first such cell
};

}  // namespace

DecimalDetection detect_decimal(std::span<const std::string_view> lines,
                                const CsvDialect& dialect) {
  if (dialect.separator == ',') return {};
  std::vector<ColumnEvidence> columns;
  bool comma = false;
  bool point = false;
  for (const std::string_view line : lines) {
    const auto fields = sample_fields(line, dialect);
    if (columns.size() < fields.size()) columns.resize(fields.size());
    for (size_t i = 0; i < fields.size(); ++i) {
      const Evidence evidence = evidence_of(fields[i]);
      comma = comma || evidence == Evidence::comma;
      point = point || evidence == Evidence::point;
      columns[i].has_whole = columns[i].has_whole || evidence == Evidence::whole;
      const bool is_first = evidence == Evidence::grouped && columns[i].grouped.empty();
      if (is_first) columns[i].grouped = fields[i];
    }
  }
  if (comma || point) return {comma && !point ? ',' : '.', {}};
  // Whole numbers below 1000 beside 1,806: a fraction would be written in each of them, or have
  // less than three digits in some.
  for (const ColumnEvidence& column : columns) {
    if (!column.grouped.empty() && !column.has_whole) return {'.', column.grouped};
  }
  return {};
}

}  // namespace ae
