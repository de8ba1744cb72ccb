#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace ae {

/// The text without spaces and tabs around it.
std::string_view trimmed(std::string_view text);

/// The number that a cell holds, spaces around and a leading plus allowed; nothing where it is not
/// a number as a whole. What is too large for the type becomes infinite, what is too small zero;
/// "nan" and "inf" are numbers too. The decimal mark is a point, whatever the locale.
std::optional<float> parse_float(std::string_view cell);
std::optional<double> parse_double(std::string_view cell);
/// The same for int64; nothing where it does not fit.
std::optional<int64_t> parse_integer(std::string_view cell);

}  // namespace ae
