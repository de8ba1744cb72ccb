#include "io/formats/png.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <vector>

#include "content.h"
#include "error_matchers.h"
#include "temp_dir.h"

namespace ae {
namespace {

uint32_t number_at(const std::string& bytes, size_t at) {
  uint32_t number = 0;
  for (size_t i = 0; i < 4; ++i) number = number << 8 | static_cast<unsigned char>(bytes[at + i]);
  return number;
}

uint8_t paeth(int left, int up, int corner) {
  const int estimate = left + up - corner;
  const int to_left = std::abs(estimate - left);
  const int to_up = std::abs(estimate - up);
  const int to_corner = std::abs(estimate - corner);
  if (to_left <= to_up && to_left <= to_corner) return static_cast<uint8_t>(left);
  return static_cast<uint8_t>(to_up <= to_corner ? up : corner);
}

/// Decodes the pixels of an 8-bit PNG: chunks, zlib, one filter per row.
std::vector<uint8_t> decoded(const std::string& png, size_t width, size_t height, size_t channels) {
  std::string packed;
  for (size_t at = 8; at < png.size();) {
    const size_t n = number_at(png, at);
    if (png.substr(at + 4, 4) == "IDAT") packed += png.substr(at + 8, n);
    at += n + 12;
  }
  const size_t stride = width * channels;
  std::vector<uint8_t> raw((stride + 1) * height);
  uLongf raw_bytes = raw.size();
  EXPECT_EQ(uncompress(raw.data(), &raw_bytes, reinterpret_cast<const Bytef*>(packed.data()),
                       packed.size()),
            Z_OK);
  EXPECT_EQ(raw_bytes, raw.size());
  std::vector<uint8_t> pixels(stride * height);
  for (size_t y = 0; y < height; ++y) {
    const uint8_t filter = raw[y * (stride + 1)];
    for (size_t x = 0; x < stride; ++x) {
      const int left = x >= channels ? pixels[y * stride + x - channels] : 0;
      const int up = y > 0 ? pixels[(y - 1) * stride + x] : 0;
      const int corner = x >= channels && y > 0 ? pixels[(y - 1) * stride + x - channels] : 0;
      const int estimates[] = {0, left, up, (left + up) / 2, paeth(left, up, corner)};
      pixels[y * stride + x] =
          static_cast<uint8_t>(raw[y * (stride + 1) + 1 + x] + estimates[filter]);
    }
  }
  return pixels;
}

TEST(Png, HoldsThePixels) {
  const TempDir dir;
  for (const int channels : {1, 3}) {
    std::vector<uint8_t> pixels(static_cast<size_t>(7 * 5 * channels));
    for (size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<uint8_t>(i * 37);
    write_png(dir / "a.png", 7, 5, channels, pixels);
    const std::string png = bytes_of(dir / "a.png");
    EXPECT_TRUE(png.starts_with("\x89PNG\r\n\x1a\n"));
    EXPECT_EQ(number_at(png, 16), 7u);
    EXPECT_EQ(number_at(png, 20), 5u);
    EXPECT_EQ(png[24], 8);                      // bits
    EXPECT_EQ(png[25], channels == 1 ? 0 : 2);  // grey, or red, green, blue
    EXPECT_EQ(decoded(png, 7, 5, static_cast<size_t>(channels)), pixels);
    EXPECT_EQ(dir.entries(), 1u);
  }
}

TEST(Png, RefusesPixelsThatAreNotThePictures) {
  const TempDir dir;
  const std::vector<uint8_t> pixels(12);
  EXPECT_THAT([&] { write_png(dir / "a.png", 5, 2, 1, pixels); },
              fails_with(ErrorKind::internal, "12 bytes for an image of 5x2"));
  EXPECT_THAT([&] { write_png(dir / "a.png", 3, 2, 2, pixels); },
              fails_with(ErrorKind::internal, "with 2 channels"));
  EXPECT_THAT([&] { write_png(dir.path() / "absent" / "a.png", 4, 3, 1, pixels); },
              fails_on_data("absent/a.png: cannot be written"));
}

}  // namespace
}  // namespace ae
