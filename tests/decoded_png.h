#pragma once

#include <gtest/gtest.h>
#include <zlib.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

namespace ae {

/// An 8-bit picture, decoded by the specification: chunks, zlib, one filter for each row.
/// Source: PNG Specification, Third Edition, W3C 2025.
class DecodedPng {
 public:
  explicit DecodedPng(const std::string& png)
      : width_(number_at(png, 16)), height_(number_at(png, 20)), colour_(png.at(25)) {
    EXPECT_TRUE(png.starts_with("\x89PNG\r\n\x1a\n"));
    EXPECT_EQ(png.at(24), 8) << "bits";
    EXPECT_TRUE(colour_ == 0 || colour_ == 2) << "grey, or red, green, blue";
    std::string packed;
    for (size_t at = 8; at < png.size();) {
      const size_t n = number_at(png, at);
      if (png.substr(at + 4, 4) == "IDAT") packed += png.substr(at + 8, n);
      at += n + 12;
    }
    unpack(packed);
  }

  size_t width() const { return width_; }
  size_t height() const { return height_; }
  size_t channels() const { return colour_ == 0 ? 1 : 3; }
  /// [height, width, channels]
  const std::vector<uint8_t>& pixels() const { return pixels_; }
  /// The channels of one pixel.
  std::vector<int> at(size_t x, size_t y) const {
    const auto first = pixels_.begin() + static_cast<std::ptrdiff_t>((y * width_ + x) * channels());
    return {first, first + static_cast<std::ptrdiff_t>(channels())};
  }

 private:
  static uint32_t number_at(const std::string& bytes, size_t at) {
    uint32_t number = 0;
    for (size_t i = 0; i < 4; ++i) {
      number = number << 8 | static_cast<unsigned char>(bytes.at(at + i));
    }
    return number;
  }

  static uint8_t paeth(int left, int up, int corner) {
    const int estimate = left + up - corner;
    const int to_left = std::abs(estimate - left);
    const int to_up = std::abs(estimate - up);
    const int to_corner = std::abs(estimate - corner);
    if (to_left <= to_up && to_left <= to_corner) return static_cast<uint8_t>(left);
    return static_cast<uint8_t>(to_up <= to_corner ? up : corner);
  }

  void unpack(const std::string& packed) {
    const size_t stride = width_ * channels();
    std::vector<uint8_t> raw((stride + 1) * height_);
    uLongf raw_bytes = raw.size();
    EXPECT_EQ(uncompress(raw.data(), &raw_bytes, reinterpret_cast<const Bytef*>(packed.data()),
                         packed.size()),
              Z_OK);
    EXPECT_EQ(raw_bytes, raw.size());
    pixels_.resize(stride * height_);
    for (size_t y = 0; y < height_; ++y) {
      const uint8_t filter = raw[y * (stride + 1)];
      for (size_t x = 0; x < stride; ++x) {
        const bool first = x < channels();
        const int left = first ? 0 : pixels_[y * stride + x - channels()];
        const int up = y > 0 ? pixels_[(y - 1) * stride + x] : 0;
        const int corner = first || y == 0 ? 0 : pixels_[(y - 1) * stride + x - channels()];
        const int estimates[] = {0, left, up, (left + up) / 2, paeth(left, up, corner)};
        pixels_[y * stride + x] =
            static_cast<uint8_t>(raw[y * (stride + 1) + 1 + x] + estimates[filter]);
      }
    }
  }

  size_t width_;
  size_t height_;
  char colour_;
  std::vector<uint8_t> pixels_;
};

}  // namespace ae
