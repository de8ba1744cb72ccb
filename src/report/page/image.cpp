#include "report/page/image.h"

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "report/page/markup.h"

namespace ae {
namespace {

constexpr uint32_t kMaxEnlargedWidth = 256;
constexpr uint32_t kMaxEnlargement = 8;
constexpr uint32_t kMaxNarrowWidth = 560;  // pixels

/// Big-endian number in the header of a PNG file; 0 if the bytes are not one.
uint32_t png_number(std::string_view png, size_t offset) {
  constexpr std::string_view kSignature = "\x89PNG\r\n\x1a\n";
  if (!png.starts_with(kSignature) || png.size() < offset + 4) return 0;
  uint32_t number = 0;
  for (size_t i = 0; i < 4; ++i) number = number << 8 | static_cast<unsigned char>(png[offset + i]);
  return number;
}

}  // namespace

Figure::Content ImageFigure::content(PageContext&) const {
  const uint32_t width = png_number(png_, 16);
  const uint32_t height = png_number(png_, 20);
  // The size reserves the picture's room before it is decoded.
  const std::string size =
      width > 0 ? fmt::format(" width=\"{}\" height=\"{}\"", width, height) : "";
  const std::string enlarged =
      width > 0 && width <= kMaxEnlargedWidth
          ? fmt::format(" class=\"pixels\" style=\"max-width:min(100%,{}px)\"",
                        uint64_t{kMaxEnlargement} * width)
          : "";
  return {fmt::format("<img{}{} alt=\"{}\" src=\"data:image/png;base64,{}\">\n", size, enlarged,
                      html_escaped(alternative), base64(png_)),
          "", "", width > kMaxNarrowWidth};
}

}  // namespace ae
