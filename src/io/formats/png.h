#pragma once

#include <cstdint>
#include <filesystem>
#include <span>

namespace ae {

/// Writes an 8-bit PNG image atomically.
/// @param channels  1 (grey) or 3 (red, green, blue)
/// @param pixels    [height, width, channels]
/// @throws Error(data) if it cannot be written
void write_png(const std::filesystem::path& path, int width, int height, int channels,
               std::span<const uint8_t> pixels);

}  // namespace ae
