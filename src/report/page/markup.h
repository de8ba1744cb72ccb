#pragma once

#include <string>
#include <string_view>

namespace ae {

/// Text for an HTML element or a quoted attribute. Markup characters become character references;
/// bytes that are not UTF-8 and control characters other than tab and line feed become U+FFFD.
std::string html_escaped(std::string_view text);

/// JSON string literal that may stand inside a script element: "<", ">" and "&" are escaped, so
/// that "</script>" cannot end the element. Invalid bytes and control characters become U+FFFD.
std::string script_string(std::string_view text);

/// Base64 with padding (RFC 4648, section 4).
std::string base64(std::string_view bytes);

/// Coordinate of a drawing: at most one decimal, no trailing zero.
std::string coordinate_text(double value);

/// Number to read: 4 significant digits, such as "0.01235", "1.235e6".
std::string short_number(double value);

}  // namespace ae
