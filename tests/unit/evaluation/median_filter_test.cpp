#include "evaluation/median_filter.h"

#include <ATen/Functions.h>
#include <gtest/gtest.h>

#include "experiments.h"
#include "one_thread.h"

namespace ae {
namespace {

TEST(MedianFilter, RemovesASingleBrightPixel) {
  at::Tensor image = at::full({1, 1, 5, 6}, 0.25, at::kFloat);
  image[0][0][2][3] = 9;
  image[0][0][0][0] = -9;
  EXPECT_TRUE(median_filter(image).eq(0.25).all().item<bool>());
}

TEST(MedianFilter, KeepsStraightEdges) {
  const at::Tensor image = at::arange(8, at::kFloat).ge(4).to(at::kFloat).repeat({2, 3, 8, 1});
  EXPECT_TRUE(median_filter(image).equal(image));
}

/// Sorts each neighbourhood, edge pixels repeated.
TEST(MedianFilter, IsTheMiddleOfNineSortedValues) {
  // More images than are filtered at once.
  const at::Tensor images =
      FirstRowsNoise(100).normal(Purpose::sampling, 3 * 15 * 17).view({100, 3, 15, 17});
  const at::Tensor padded = at::replication_pad2d(images, {1, 1, 1, 1});
  const at::Tensor sorted = std::get<0>(padded.unfold(2, 3, 1).unfold(3, 3, 1).flatten(4).sort(-1));
  EXPECT_TRUE(median_filter(images).equal(sorted.select(4, 4)));
}

TEST(MedianFilter, TakesImagesOfAnyStrides) {
  const at::Tensor images = FirstRowsNoise(2).normal(Purpose::sampling, 24).view({2, 1, 4, 6});
  EXPECT_TRUE(median_filter(images.transpose(2, 3)).equal(median_filter(images).transpose(2, 3)));
}

}  // namespace
}  // namespace ae
