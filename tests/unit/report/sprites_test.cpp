#include "report/sprites.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "decoded_png.h"

namespace ae {
namespace {

using testing::ElementsAre;

at::Tensor random_images(at::IntArrayRef shape) {
  return at::rand(shape, at::make_generator<at::CPUGeneratorImpl>(uint64_t{1}),
                  at::TensorOptions(at::kFloat));
}

TEST(Sprites, SmallImagesHaveTheMeanOfThePixelsTheyCover) {
  const at::Tensor rows = at::arange(32, at::kFloat).view({1, 32});
  const at::Tensor small = small_images(rows, {1, 4, 8}, 4);
  EXPECT_EQ(small.sizes(), at::IntArrayRef({1, 1, 2, 4}));
  EXPECT_EQ(small[0][0][0][0].item<float>(), (0 + 1 + 8 + 9) / 4.F);
  EXPECT_EQ(small[0][0][1][3].item<float>(), (22 + 23 + 30 + 31) / 4.F);
  EXPECT_TRUE(small_images(rows, {1, 4, 8}, 8).equal(rows.view({1, 1, 4, 8})));
  EXPECT_EQ(small_images(at::zeros({2, 3 * 40 * 2}), {3, 40, 2}, 10).sizes(),
            at::IntArrayRef({2, 3, 10, 1}));
}

TEST(Sprites, TilesFollowEachOtherLineByLine) {
  const at::Tensor images = at::arange(5, at::kFloat).view({5, 1, 1, 1}).expand({5, 1, 2, 3}) / 4;
  const SpriteSheet sheet = sprite_sheet(images, 100000);
  EXPECT_EQ(sheet.tile_width, 3);
  EXPECT_EQ(sheet.tile_height, 2);
  EXPECT_EQ(sheet.columns, 3);
  EXPECT_EQ(sheet.count, 5);
  const DecodedPng png(sheet.png);
  EXPECT_EQ(png.width(), 9);
  EXPECT_EQ(png.height(), 4);
  EXPECT_EQ(png.channels(), 1);
  const int grey[] = {0, 64, 128, 191, 255, 0};  // the last is empty
  for (size_t tile = 0; tile < 6; ++tile) {
    for (size_t x = 0; x < 3; ++x) {
      EXPECT_THAT(png.at(tile % 3 * 3 + x, tile / 3 * 2 + 1), ElementsAre(grey[tile]));
    }
  }
}

TEST(Sprites, ColoursAndRangesAreThoseOfTheImages) {
  at::Tensor images = at::zeros({1, 3, 1, 2});
  images[0][0][0][0] = 10;
  images[0][1][0][0] = -10;
  images[0][2][0][1] = std::numeric_limits<float>::quiet_NaN();
  const DecodedPng png(sprite_sheet(images, 100000).png);
  EXPECT_THAT(png.at(0, 0), ElementsAre(255, 0, 128));
  EXPECT_THAT(png.at(1, 0), ElementsAre(128, 128, 0));
}

TEST(Sprites, TheSheetKeepsToItsBytes) {
  const at::Tensor images = random_images({60, 3, 32, 24});
  const SpriteSheet whole = sprite_sheet(images, 1000000);
  EXPECT_EQ(whole.count, 60);
  EXPECT_EQ(whole.tile_height, 32);
  const SpriteSheet smaller = sprite_sheet(images, 100000);  // 30 pixels high by bytes
  EXPECT_LE(smaller.png.size(), 100000U);
  EXPECT_EQ(smaller.count, 60);
  EXPECT_LT(smaller.tile_height, 32);
  EXPECT_GE(smaller.tile_height, 20);
  const SpriteSheet fewer = sprite_sheet(images, 20000);
  EXPECT_LE(fewer.png.size(), 20000U);
  EXPECT_EQ(fewer.tile_height, 20);
  EXPECT_EQ(fewer.tile_width, 15);
  EXPECT_LT(fewer.count, 60);
  EXPECT_GE(fewer.count, 10);
  EXPECT_EQ(sprite_sheet(images, 1).count, 1);
}

}  // namespace
}  // namespace ae
