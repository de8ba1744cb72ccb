#pragma once

#include <string>
#include <string_view>

#include "io/formats/csv_dialect.h"

namespace ae {

/// True for a cell that commonly means a missing value: empty, NA, N/A, NaN, null, None, ?, - or a
/// point, in any case of letters.
bool is_missing_text(std::string_view cell);

/// True for true, false, yes, no and their initials, on and off, in any case of letters.
bool is_boolean_text(std::string_view cell);

/// Reason why a cell is not a finite float32, with the remedy, as the end of a message: a missing
/// value, a boolean, another decimal mark, several numbers, a number with a unit, or text.
std::string non_number_text(std::string_view cell, const CsvDialect& dialect);

}  // namespace ae
