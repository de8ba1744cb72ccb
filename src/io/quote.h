#pragma once

#include <string>
#include <string_view>

namespace ae {

/// Text from a file for use in a one-line message: in quotes, cut after 40 bytes, control
/// characters and whatever is not UTF-8 escaped.
std::string quote(std::string_view text);

}  // namespace ae
