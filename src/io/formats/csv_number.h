#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace ae {

/// The text without leading and trailing spaces and tabs.
std::string_view trimmed(std::string_view text);

/// Parses a cell as a number; nullopt if the whole cell is not one. Surrounding spaces and a
/// leading plus are allowed. A value beyond the type's range becomes infinite or zero; "nan" and
/// "inf" are numbers. The result is the nearest number of its type, independent of the locale.
/// @param decimal  the decimal mark; with a comma, a point is not part of a number
std::optional<float> parse_float(std::string_view cell, char decimal = '.');
std::optional<double> parse_double(std::string_view cell, char decimal = '.');
/// Parses a cell as an integer; nullopt if it is not one or exceeds int64.
std::optional<int64_t> parse_integer(std::string_view cell);

}  // namespace ae
