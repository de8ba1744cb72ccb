#pragma once

#include <string>
#include <string_view>

namespace ae {

/// Quotes text from a file for a one-line message: cut after 40 bytes, control characters and
/// invalid UTF-8 escaped.
std::string quote(std::string_view text);

}  // namespace ae
