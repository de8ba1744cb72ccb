#pragma once

#include <string_view>

namespace ae {

/// Names well-known content that is none of the formats here, with what to do about it:
/// "a zip archive, such as .npz; …". "" for content that is not known.
std::string_view detect_unsupported(std::string_view head);

}  // namespace ae
