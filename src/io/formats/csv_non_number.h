#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "io/formats/csv_dialect.h"

namespace ae {

/// True for a cell that commonly means a missing value: empty, NA, N/A, NaN, null, None, ?, - or a
/// point, in any case of letters.
bool is_missing_text(std::string_view cell);

/// The value of true, false, yes, no, their initials, on or off, in any case of letters; nullopt if
/// the cell is none of them.
std::optional<bool> boolean_of(std::string_view cell);
/// What is to be done about a cell that means a missing value, as the end of a message.
std::string missing_text(std::string_view cell);

/// Reason why a cell is not a finite float32, with the remedy, as the end of a message: a missing
/// value, a boolean, another decimal mark, several numbers, a number with a unit, or text.
std::string non_number_text(std::string_view cell, const CsvDialect& dialect);

}  // namespace ae
