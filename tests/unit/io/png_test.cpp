#include "io/formats/png.h"

#include <gtest/gtest.h>

#include <vector>

#include "decoded_png.h"
#include "error_matchers.h"

namespace ae {
namespace {

TEST(Png, HoldsThePixels) {
  for (const int channels : {1, 3}) {
    std::vector<uint8_t> pixels(static_cast<size_t>(7 * 5 * channels));
    for (size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<uint8_t>(i * 37);
    const DecodedPng png(encoded_png(7, 5, channels, pixels));
    EXPECT_EQ(png.width(), 7u);
    EXPECT_EQ(png.height(), 5u);
    EXPECT_EQ(png.channels(), static_cast<size_t>(channels));
    EXPECT_EQ(png.pixels(), pixels);
  }
}

TEST(Png, RefusesPixelsThatAreNotThePictures) {
  const std::vector<uint8_t> pixels(12);
  EXPECT_THAT([&] { encoded_png(5, 2, 1, pixels); },
              fails_with(ErrorKind::internal, "12 bytes for an image of 5x2"));
  EXPECT_THAT([&] { encoded_png(3, 2, 2, pixels); },
              fails_with(ErrorKind::internal, "with 2 channels"));
}

}  // namespace
}  // namespace ae
