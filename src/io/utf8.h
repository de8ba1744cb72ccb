#pragma once

#include <string_view>

namespace ae {

/// True if the text is well-formed UTF-8, as JSON requires.
bool is_utf8(std::string_view text);

}  // namespace ae
