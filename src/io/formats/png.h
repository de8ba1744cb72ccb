#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace ae {

/// Bytes of a PNG file of an 8-bit image.
/// @param channels  1 (grey) or 3 (red, green, blue)
/// @param pixels    [height, width, channels]
/// @throws Error(data) if it is too large
std::string encoded_png(int width, int height, int channels, std::span<const uint8_t> pixels);

}  // namespace ae
