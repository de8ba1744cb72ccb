#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ae {

/// Bytes of a baseline JPEG file with the standard's tables (ITU-T T.81, annex K); colours have
/// half the resolution.
/// @param channels  1 (grey) or 3 (red, green, blue)
/// @param pixels    [height, width, channels]
/// @param quality   in [1, 90]; its scale is libjpeg's
std::string encoded_jpeg(int width, int height, int channels, std::span<const uint8_t> pixels,
                         int quality);

/// Bits of the entropy-coded data of a file that encoded_jpeg() made: without headers and tables,
/// which files share, and without the byte that each block of 16×16 pixels of a grey image spends
/// on colours.
int64_t jpeg_data_bits(std::string_view file, int width, int height, int channels);

/// Pixels of a file that encoded_jpeg() made. [height, width, channels]
std::vector<uint8_t> decoded_jpeg(std::string_view file, int channels);

}  // namespace ae
