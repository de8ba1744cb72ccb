#include "io/formats/jpeg.h"

#include <cstdlib>

#include "core/error.h"

#define STB_IMAGE_WRITE_STATIC
#define STBI_WRITE_NO_STDIO
#define STB_IMAGE_WRITE_IMPLEMENTATION
#include <stb_image_write.h>

#define STB_IMAGE_STATIC
#define STBI_NO_STDIO
#define STBI_ONLY_JPEG
#define STB_IMAGE_IMPLEMENTATION
#include <stb_image.h>

namespace ae {
namespace {

constexpr int kBlock = 16;  // side of the blocks in which colours have half the resolution

void append_jpeg(void* context, void* bytes, int n) {
  static_cast<std::string*>(context)->append(static_cast<const char*>(bytes),
                                             static_cast<size_t>(n));
}

size_t byte_at(std::string_view file, size_t place) {
  if (place >= file.size()) throw internal_error("JPEG file of {} bytes is cut", file.size());
  return static_cast<unsigned char>(file[place]);
}

/// Place of the first entropy-coded byte, behind the header of the scan.
size_t data_begin(std::string_view file) {
  constexpr size_t kStartOfScan = 0xDA;
  size_t place = 2;  // behind the start of the image
  while (true) {
    const size_t marker = byte_at(file, place + 1);
    place += 2 + (byte_at(file, place + 2) << 8) + byte_at(file, place + 3);
    if (marker == kStartOfScan) return place;
  }
}

}  // namespace

std::string encoded_jpeg(int width, int height, int channels, std::span<const uint8_t> pixels,
                         int quality) {
  const bool fits = width > 0 && height > 0 && width < 65536 && height < 65536 &&
                    (channels == 1 || channels == 3) && quality >= 1 && quality <= 90 &&
                    pixels.size() == size_t{1} * static_cast<size_t>(width) *
                                         static_cast<size_t>(height) *
                                         static_cast<size_t>(channels);
  if (!fits) {
    throw internal_error("{} bytes for a JPEG of {}x{} with {} channels, quality {}", pixels.size(),
                         width, height, channels, quality);
  }
  std::string encoded;
  stbi_write_jpg_to_func(append_jpeg, &encoded, width, height, channels, pixels.data(), quality);
  return encoded;
}

int64_t jpeg_data_bits(std::string_view file, int width, int height, int channels) {
  constexpr size_t kEnd = 2;  // bytes of the marker behind the data
  const auto bytes = static_cast<int64_t>(file.size() - kEnd - data_begin(file));
  const auto blocks_of = [](int extent) { return int64_t{(extent + kBlock - 1) / kBlock}; };
  return 8 * (bytes - (channels == 1 ? blocks_of(width) * blocks_of(height) : 0));
}

std::vector<uint8_t> decoded_jpeg(std::string_view file, int channels) {
  int width = 0;
  int height = 0;
  int components = 0;
  stbi_uc* pixels =
      stbi_load_from_memory(reinterpret_cast<const stbi_uc*>(file.data()),
                            static_cast<int>(file.size()), &width, &height, &components, channels);
  if (pixels == nullptr) throw internal_error("JPEG of {} bytes: cannot be decoded", file.size());
  const std::vector<uint8_t> out(pixels, pixels + size_t{1} * static_cast<size_t>(width) *
                                                      static_cast<size_t>(height) *
                                                      static_cast<size_t>(channels));
  stbi_image_free(pixels);
  return out;
}

}  // namespace ae
