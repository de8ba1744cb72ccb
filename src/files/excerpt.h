#pragma once

#include <string>
#include <string_view>

namespace ae {

/// Text from a file for use in a one-line message: in quotes, control characters escaped, and cut
/// after 40 bytes.
std::string excerpt(std::string_view text);

}  // namespace ae
