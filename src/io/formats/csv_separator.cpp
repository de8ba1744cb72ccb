#include <algorithm>
#include <array>

#include "io/formats/csv_number.h"
#include "io/formats/csv_sample.h"

namespace ae {
namespace {

// In order of preference: with others, a comma may be the decimal mark.
constexpr std::array kSeparators = {'\t', ';', '|', ','};
constexpr size_t kMaxSeparatorLines = 100;

bool is_number_with(std::string_view field, char decimal) {
  return parse_double(field, decimal).has_value();
}

bool is_number_with_any(std::string_view field) {
  return is_number_with(field, '.') || is_number_with(field, ',');
}

/// The number of fields of every line with this separator; 0 if lines differ.
size_t common_width(std::span<const std::string_view> lines, const CsvDialect& dialect) {
  size_t width = 0;
  for (const std::string_view line : lines) {
    const size_t fields = sample_fields(line, dialect).size();
    if (width != 0 && fields != width) return 0;
    width = fields;
  }
  return width;
}

/// Lines but the first, which may be a header.
std::span<const std::string_view> lines_below(std::span<const std::string_view> lines) {
  return lines.size() > 1 ? lines.subspan(1) : lines;
}

/// The number of columns that hold only numbers below the first line.
template <class IsNumber>
size_t numeric_columns(std::span<const std::string_view> lines, const CsvDialect& dialect,
                       size_t width, IsNumber is_number) {
  std::vector<bool> numeric(width, true);
  for (const std::string_view line : lines_below(lines)) {
    const auto fields = sample_fields(line, dialect);
    for (size_t i = 0; i < width; ++i) numeric[i] = numeric[i] && is_number(fields[i]);
  }
  return static_cast<size_t>(std::count(numeric.begin(), numeric.end(), true));
}

/// True if the fields between commas are no numbers, and those between blanks are, with decimal
/// commas: 1,5 2,5.
bool comma_is_decimal(std::span<const std::string_view> lines, CsvDialect dialect, size_t blanks) {
  const auto is_number = [](std::string_view field) { return is_number_with(field, ','); };
  dialect.separator = ' ';
  return blanks > 1 && numeric_columns(lines, dialect, blanks, is_number) == blanks;
}

char most_frequent_separator(std::string_view line, CsvDialect dialect) {
  char most = ',';
  size_t most_fields = 1;
  for (const char separator : kSeparators) {
    dialect.separator = separator;
    const size_t fields = sample_fields(line, dialect).size();
    if (fields > most_fields) {
      most_fields = fields;
      most = separator;
    }
  }
  return most;
}

}  // namespace

char detect_separator(std::span<const std::string_view> lines, CsvDialect dialect) {
  lines = lines.first(std::min(lines.size(), kMaxSeparatorLines));
  if (lines.empty()) return ',';
  dialect.separator = ' ';
  const size_t blanks = common_width(lines, dialect);
  for (const char separator : kSeparators) {
    dialect.separator = separator;
    if (common_width(lines, dialect) < 2) continue;
    return separator == ',' && comma_is_decimal(lines, dialect, blanks) ? ' ' : separator;
  }
  // Words of a text are also separated by blanks.
  dialect.separator = ' ';
  const size_t numbers =
      blanks > 1 ? numeric_columns(lines, dialect, blanks, is_number_with_any) : 0;
  if (numbers > 1 && numbers * 2 >= blanks) return ' ';
  return most_frequent_separator(lines.front(), dialect);
}

}  // namespace ae
