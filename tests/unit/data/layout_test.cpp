#include "data/layout.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "error_matchers.h"

namespace ae {
namespace {

using testing::ElementsAre;

Arrangement automatic(std::vector<int64_t> shape, bool bytes = false, bool convolutional = true) {
  return arrange({std::move(shape), bytes, convolutional}, Layout::automatic, "a.npy");
}

TEST(Layout, TakesTwoAxesForAnImageIfBytesOrSquare) {
  EXPECT_THAT(automatic({28, 28}).shape, ElementsAre(1, 28, 28));
  EXPECT_THAT(automatic({20, 30}, true).shape, ElementsAre(1, 20, 30));
  EXPECT_THAT([] { automatic({96, 6}); },
              fails_on_data("a.npy", "96×6", "\"image\"", "\"signal\"", "\"channels_last\""));
  // A model without convolutions does not take rows apart.
  EXPECT_THAT(automatic({96, 6}, false, false).shape, ElementsAre(96, 6));
}

TEST(Layout, FindsChannelsThatAreLast) {
  for (const int64_t channels : {1, 3, 4}) {
    const Arrangement found = automatic({28, 20, channels});
    EXPECT_THAT(found.shape, ElementsAre(channels, 28, 20));
    EXPECT_THAT(found.file_shape, ElementsAre(28, 20, channels));
    EXPECT_TRUE(found.channels_last);
  }
  for (const std::vector<int64_t>& shape :
       {std::vector<int64_t>{3, 28, 28}, {28, 28, 2}, {1, 28, 1}, {3, 3, 3}}) {
    const Arrangement kept = automatic(shape);
    EXPECT_EQ(kept.shape, shape);
    EXPECT_FALSE(kept.channels_last);
  }
}

TEST(Layout, DoesAsItIsTold) {
  const auto shape_by = [](Layout layout, std::vector<int64_t> shape) {
    return arrange({std::move(shape), false, true}, layout, "a.npy").shape;
  };
  EXPECT_THAT(shape_by(Layout::signal, {96, 6}), ElementsAre(96, 6));
  EXPECT_THAT(shape_by(Layout::channels_first, {96, 6}), ElementsAre(96, 6));
  EXPECT_THAT(shape_by(Layout::channels_last, {96, 6}), ElementsAre(6, 96));
  EXPECT_THAT(shape_by(Layout::image, {96, 6}), ElementsAre(1, 96, 6));
  EXPECT_THAT(shape_by(Layout::channels_first, {28, 28, 3}), ElementsAre(28, 28, 3));
  EXPECT_THAT(shape_by(Layout::signal, {1, 6, 96}), ElementsAre(6, 96));
  EXPECT_THAT([&] { shape_by(Layout::image, {9}); }, fails_on_data("\"image\"", "[H, W]"));
  EXPECT_THAT([&] { shape_by(Layout::signal, {2, 3, 4}); }, fails_on_data("\"signal\""));
  EXPECT_THAT([&] { shape_by(Layout::channels_last, {9}); }, fails_on_data("[H, W, C]"));
  EXPECT_THAT([&] { shape_by(Layout::channels_first, {9}); }, fails_on_data("[C, H, W]"));
}

TEST(Layout, IsDescribed) {
  EXPECT_EQ(arrangement_text({{10}, {10}}), " of 10");
  EXPECT_EQ(arrangement_text({{28, 28}, {1, 28, 28}}), ", images 1×28×28, channels first");
  EXPECT_EQ(arrangement_text({{96, 6}, {6, 96}, true}),
            ", signals 6×96, channels first (in the file last: 96×6)");
}

TEST(Layout, HasANameForEachValue) {
  for (const std::string& name : layout_names()) {
    EXPECT_EQ(layout_names()[static_cast<size_t>(layout_of(name))], name);
  }
}

}  // namespace
}  // namespace ae
