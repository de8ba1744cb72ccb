#pragma once

#include <string_view>

namespace ae {

/// Describes well-known content in an unsupported format, with the remedy:
/// "a zip archive (.npz, .xlsx); save each array with …". "" for other content.
std::string_view detect_unsupported(std::string_view head);

}  // namespace ae
