#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "io/formats/csv_dialect.h"

namespace ae {

/// Lines of the start of a text table, for detection; quoted fields may span them. Blank lines are
/// left out, as is a last line that the end of an incomplete sample cuts off.
std::vector<std::string_view> sample_lines(std::string_view sample, bool complete,
                                           const CsvDialect& dialect);

/// Fields of a line, trimmed or without their quotes.
std::vector<std::string_view> sample_fields(std::string_view line, const CsvDialect& dialect);

/// The separator of lines that hold no comments.
char detect_separator(std::span<const std::string_view> lines, CsvDialect dialect);

struct DecimalDetection {
  char decimal = '.';
  std::string_view ambiguous_number;
};

/// The decimal mark of lines that hold no comments.
DecimalDetection detect_decimal(std::span<const std::string_view> lines, const CsvDialect& dialect);

}  // namespace ae
