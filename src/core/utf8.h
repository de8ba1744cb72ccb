#pragma once

#include <cstddef>
#include <string_view>

namespace ae {

/// Bytes of the character that the text begins with; 0 if it is not well-formed, or if the text is
/// empty.
size_t utf8_character_bytes(std::string_view text);
/// True if the text is well-formed UTF-8, as JSON requires.
bool is_utf8(std::string_view text);

}  // namespace ae
