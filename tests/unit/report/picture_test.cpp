#include "report/picture.h"

#include <ATen/Functions.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>

#include "decoded_png.h"
#include "temp_dir.h"

namespace ae {
namespace {

using testing::ElementsAre;
using testing::Pair;

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
constexpr size_t kBorder = 2;  // pixels around each tile
constexpr int kBackground = 40;

DecodedPng drawn(const Picture& picture, const at::Tensor& rows, int64_t columns = 1) {
  const TempDir dir;
  picture.write(dir / "a.png", rows, columns);
  DecodedPng png(bytes_of(dir / "a.png"));
  EXPECT_EQ(png.channels(), 3u);
  return png;
}

/// Of the tile that begins at left, top: how often each colour but the background is there.
std::map<std::vector<int>, int> colours(const DecodedPng& png, size_t left, size_t top,
                                        size_t width, size_t height) {
  std::map<std::vector<int>, int> counts;
  for (size_t y = top; y < top + height; ++y) {
    for (size_t x = left; x < left + width; ++x) ++counts[png.at(x, y)];
  }
  counts.erase({kBackground, kBackground, kBackground});
  return counts;
}

TEST(Picture, CanBeDrawnOfImagesAndLines) {
  for (const std::vector<int64_t>& shape : std::vector<std::vector<int64_t>>{
           {1, 8, 8}, {3, 2, 2}, {1, 4096, 4096}, {2}, {100'000}, {4, 2}, {2, 8, 8}, {1, 1, 9}}) {
    EXPECT_TRUE(Picture::can_draw(shape)) << testing::PrintToString(shape);
  }
  for (const std::vector<int64_t>& shape : std::vector<std::vector<int64_t>>{
           {}, {1}, {5, 1}, {1, 1, 1}, {1, 9, 1}, {1, 4097, 8}, {3, 8, 4097}}) {
    EXPECT_FALSE(Picture::can_draw(shape)) << testing::PrintToString(shape);
  }
}

TEST(Picture, TakesAsManyRowsAs64MebibytesHold) {
  constexpr int64_t kBytes = 64 << 20;
  // Of pixels, three bytes each, with the border at two sides of a tile ...
  EXPECT_EQ(Picture::max_rows({1, 8, 8}), kBytes / (58 * 58 * 3));
  EXPECT_EQ(Picture::max_rows({1, 56, 2}), kBytes / (58 * 4 * 3));
  EXPECT_EQ(Picture::max_rows({500}), kBytes / (194 * 98 * 3));
  // ... or of values, where these take more.
  EXPECT_EQ(Picture::max_rows({3, 100, 100}), kBytes / (3 * 100 * 100 * 4));
  EXPECT_EQ(Picture::max_rows({50'000'000}), 1);
}

TEST(Picture, OfImagesHasAPixelForEachValueThatIsLarge) {
  const at::Tensor rows = at::arange(40 * 30, at::kFloat).div(40 * 30 - 1).unsqueeze(0);
  const DecodedPng png = drawn(Picture({1, 40, 30}, 0, 1), rows);
  ASSERT_EQ(png.width(), 30 + 2 * kBorder);
  ASSERT_EQ(png.height(), 40 + 2 * kBorder);
  for (size_t y = 0; y < png.height(); ++y) {
    for (size_t x = 0; x < png.width(); ++x) {
      const bool inside = x >= kBorder && x < 30 + kBorder && y >= kBorder && y < 40 + kBorder;
      const size_t value = inside ? (y - kBorder) * 30 + x - kBorder : 0;
      const int level =
          inside ? static_cast<int>(std::lround(255.0 * static_cast<double>(value) / 1199))
                 : kBackground;
      ASSERT_THAT(png.at(x, y), ElementsAre(level, level, level)) << x << ", " << y;
    }
  }
}

TEST(Picture, OfSmallImagesIsEnlargedToWholeMultiples) {
  const at::Tensor rows = at::tensor({0.0F, 0.2F, 0.4F, 0.6F, 0.8F, 1.0F}).unsqueeze(0);
  const DecodedPng png = drawn(Picture({1, 2, 3}, 0, 1), rows);
  constexpr size_t kZoom = 18;  // 3 x 18 is what comes nearest to 56 from below
  ASSERT_EQ(png.width(), 3 * kZoom + 2 * kBorder);
  ASSERT_EQ(png.height(), 2 * kZoom + 2 * kBorder);
  for (size_t i = 0; i < 6; ++i) {
    const int level = 51 * static_cast<int>(i);
    EXPECT_THAT(colours(png, kBorder + i % 3 * kZoom, kBorder + i / 3 * kZoom, kZoom, kZoom),
                ElementsAre(Pair(ElementsAre(level, level, level), kZoom * kZoom)));
  }
}

TEST(Picture, OfThreeChannelsIsInColour) {
  const at::Tensor rows =
      at::tensor({1.0F, 0.0F, 0.0F, 0.0F, 0.0F, 1.0F, 0.0F, 0.0F, 0.0F, 0.0F, 1.0F, 0.2F})
          .unsqueeze(0);  // [1, 3 * 2 * 2]
  const DecodedPng png = drawn(Picture({3, 2, 2}, 0, 1), rows);
  const auto pixel = [&](size_t x, size_t y) { return png.at(kBorder + 28 * x, kBorder + 28 * y); };
  EXPECT_THAT(pixel(0, 0), ElementsAre(255, 0, 0));
  EXPECT_THAT(pixel(1, 0), ElementsAre(0, 255, 0));
  EXPECT_THAT(pixel(0, 1), ElementsAre(0, 0, 255));
  EXPECT_THAT(pixel(1, 1), ElementsAre(0, 0, 51));
}

TEST(Picture, DrawsBetweenLowAndHighAndCutsOffWhatIsBeyond) {
  const at::Tensor rows =
      at::tensor({-1.0F, 3.0F, 1.0F, -7.0F, 9.0F, kInfinity, -kInfinity, kNaN, 0.0F}).unsqueeze(0);
  const DecodedPng png = drawn(Picture({1, 3, 3}, -1, 3), rows);
  std::vector<int> levels;
  for (size_t i = 0; i < 9; ++i) {
    levels.push_back(png.at(kBorder + i % 3 * 18, kBorder + i / 3 * 18)[0]);
  }
  EXPECT_THAT(levels, ElementsAre(0, 255, 128, 0, 255, 255, 0, 0, 64));
}

TEST(Picture, OfOneValueAloneIsBlackAndWhiteOneAboveIt) {
  const DecodedPng png =
      drawn(Picture({1, 2, 2}, 5, 5), at::tensor({5.0, 5.2, 6.0, 5.0}).view({1, 4}));
  const auto level = [&](size_t x, size_t y) {
    return png.at(kBorder + 28 * x, kBorder + 28 * y)[0];
  };
  EXPECT_EQ(level(0, 0), 0);
  EXPECT_EQ(level(1, 0), 51);
  EXPECT_EQ(level(0, 1), 255);
}

TEST(Picture, SetsTilesInLinesOfSoManyColumns) {
  // Row i in the shade i / 5: five tiles in three columns, the last place empty. A row's values do
  // not lie side by side.
  const at::Tensor rows = at::arange(5, at::kFloat).div(5).expand({4, 5}).contiguous().t();
  const Picture picture({1, 2, 2}, 0, 1);
  const DecodedPng png = drawn(picture, rows, 3);
  constexpr size_t kTile = 56;
  constexpr size_t kStep = kTile + kBorder;
  ASSERT_EQ(png.width(), 3 * kStep + kBorder);
  ASSERT_EQ(png.height(), 2 * kStep + kBorder);
  for (size_t i = 0; i < 5; ++i) {
    const int level = 51 * static_cast<int>(i);
    EXPECT_THAT(colours(png, kBorder + i % 3 * kStep, kBorder + i / 3 * kStep, kTile, kTile),
                ElementsAre(Pair(ElementsAre(level, level, level), kTile * kTile)));
  }
  EXPECT_THAT(colours(png, 2 * kStep, kStep, kStep, kStep), testing::IsEmpty());
  EXPECT_THAT(colours(png, 0, 0, png.width(), kBorder), testing::IsEmpty());
  EXPECT_THAT(colours(png, kStep, 0, kBorder, png.height()), testing::IsEmpty());
  // As many columns as rows at most, and one at least.
  EXPECT_EQ(drawn(picture, rows, 9).width(), 5 * kStep + kBorder);
  EXPECT_EQ(drawn(picture, rows, 0).height(), 5 * kStep + kBorder);
}

TEST(Picture, OfALineGoesFromItsFirstValueToItsLast) {
  const DecodedPng png = drawn(Picture({2}, 0, 1), at::tensor({0.0F, 1.0F}).unsqueeze(0));
  ASSERT_EQ(png.width(), 192 + 2 * kBorder);
  ASSERT_EQ(png.height(), 96 + 2 * kBorder);
  // From the lowest pixel on the left to the highest on the right, without a gap.
  size_t last = 95;
  for (size_t x = 0; x < 192; ++x) {
    std::vector<size_t> dots;
    for (size_t y = 0; y < 96; ++y) {
      if (png.at(kBorder + x, kBorder + y) == std::vector<int>{230, 230, 230}) dots.push_back(y);
    }
    ASSERT_FALSE(dots.empty()) << x;
    EXPECT_EQ(dots.back(), last) << x;
    last = dots.front();
    EXPECT_NEAR(static_cast<double>(last), 95 - 95.0 * static_cast<double>(x) / 191, 1.25) << x;
  }
  EXPECT_EQ(last, 0u);
}

TEST(Picture, OfAJumpIsJoinedFromTopToBottom) {
  // Four values for each two pixels, half of them high: nearly all of the tile is line.
  std::vector<float> values(384);
  for (size_t i = 0; i < values.size(); ++i) values[i] = i % 4 < 2 ? 1.0F : 0.0F;
  const DecodedPng png = drawn(Picture({384}, 0, 1), at::tensor(values).unsqueeze(0));
  size_t joined = 0;
  for (size_t x = 0; x < 192; ++x) {
    joined += colours(png, kBorder + x, kBorder, 1, 96)[{230, 230, 230}] == 96 ? 1u : 0u;
  }
  EXPECT_GT(joined, 180u);
}

TEST(Picture, OfLinesHasAColourForEachOfThreeChannels) {
  // Level lines at the top, in the middle, at the bottom; a fourth is not drawn.
  const at::Tensor levels = at::tensor({1.0F, 0.5F, 0.0F, 0.25F});
  const at::Tensor rows = levels.unsqueeze(1).expand({4, 7}).reshape({1, 28});
  const DecodedPng png = drawn(Picture({4, 7}, 0, 1), rows);
  EXPECT_THAT(colours(png, kBorder, kBorder, 192, 96),
              testing::UnorderedElementsAre(Pair(ElementsAre(230, 230, 230), 192),
                                            Pair(ElementsAre(240, 160, 60), 192),
                                            Pair(ElementsAre(90, 170, 240), 192)));
  EXPECT_THAT(png.at(kBorder, kBorder), ElementsAre(230, 230, 230));
  EXPECT_THAT(png.at(kBorder, kBorder + 47), ElementsAre(240, 160, 60));
  EXPECT_THAT(png.at(kBorder, kBorder + 95), ElementsAre(90, 170, 240));
}

TEST(Picture, OfRowsThatAreNoImagesIsOfLines) {
  // Two channels of 3 x 5; one line of pixels.
  for (const std::vector<int64_t>& shape : {std::vector<int64_t>{2, 3, 5}, {1, 1, 30}}) {
    EXPECT_EQ(drawn(Picture(shape, 0, 1), at::zeros({1, 30})).width(), 192 + 2 * kBorder);
  }
}

TEST(DrawnRange, IsFrom0To1WhereAllLiesThere) {
  EXPECT_THAT(drawn_range(at::tensor({0.25, 0.5})), Pair(0, 1));
  EXPECT_THAT(drawn_range(at::tensor({0.0, 1.0})), Pair(0, 1));
  EXPECT_THAT(drawn_range(at::tensor({-0.25, 0.5})), Pair(-0.25, 0.5));
  EXPECT_THAT(drawn_range(at::tensor({0.25, 1.5})), Pair(0.25, 1.5));
  EXPECT_THAT(drawn_range(at::tensor({-3.0, 8.0, 9.0, -2.0}).view({2, 2})), Pair(-3, 9));
}

TEST(DrawnRange, IsOfFiniteValues) {
  EXPECT_THAT(drawn_range(at::tensor({kNaN, 4.0F, kInfinity, -2.0F, -kInfinity})), Pair(-2, 4));
  EXPECT_THAT(drawn_range(at::tensor({kNaN, kInfinity})), Pair(0, 1));
  EXPECT_THAT(drawn_range(at::zeros({0, 4})), Pair(0, 1));
}

TEST(SquareColumns, AreTheRootRoundedUp) {
  const std::pair<int64_t, int64_t> expected[] = {{1, 1}, {2, 2},  {4, 2},    {5, 3},
                                                  {9, 3}, {10, 4}, {100, 10}, {101, 11}};
  for (const auto& [tiles, columns] : expected) EXPECT_EQ(square_columns(tiles), columns) << tiles;
}

}  // namespace
}  // namespace ae
