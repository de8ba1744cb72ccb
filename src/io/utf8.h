#pragma once

#include <string_view>

namespace ae {

/// Whether the text is well-formed UTF-8. JSON can hold no other.
bool is_utf8(std::string_view text);

}  // namespace ae
