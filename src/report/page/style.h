#pragma once

#include <string_view>

namespace ae {

/// Style sheet of a page.
extern const std::string_view kPageStyle;
/// Script of a page: draws the canvas of large scatter plots, and shows the point that the pointer
/// or the arrow keys choose.
extern const std::string_view kPageScript;

}  // namespace ae
