#include "engine/fused/active_latents.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "core/random.h"

namespace ae::fused {
namespace {

using testing::ElementsAre;

std::vector<int32_t> largest(const std::vector<float>& values, int64_t k) {
  std::vector<int32_t> indices(static_cast<size_t>(k));
  TopKSelector<float>().find(static_cast<int64_t>(values.size()), k, values.data(), indices.data());
  std::sort(indices.begin(), indices.end());
  return indices;
}

TEST(TopKSelector, FindsTheKLargest) {
  for (const size_t n : {5U, 32U, 100U, 1000U, 4097U}) {
    std::vector<float> values(n);
    RandomStream({.seed = n, .purpose = Purpose::sampling}).normal(values);
    for (const int64_t k : {1, 4, 5}) {
      std::vector<float> sorted = values;
      std::sort(sorted.begin(), sorted.end(), std::greater<>());
      for (const int32_t index : largest(values, k)) {
        EXPECT_GE(values[static_cast<size_t>(index)], sorted[static_cast<size_t>(k) - 1]);
      }
      const std::vector<int32_t> found = largest(values, k);
      EXPECT_EQ(std::adjacent_find(found.begin(), found.end()), found.end()) << "one stands twice";
    }
  }
}

TEST(TopKSelector, TakesAllWhereAllAreAskedFor) {
  EXPECT_THAT(largest({3, 1, 2}, 3), ElementsAre(0, 1, 2));
}

TEST(TopKSelector, FindsKOfEqualValues) {
  const std::vector<int32_t> found = largest(std::vector<float>(500, 1), 7);
  EXPECT_EQ(std::adjacent_find(found.begin(), found.end()), found.end());
}

TEST(TopKSelector, CountsNotANumberAsLargest) {
  std::vector<float> values(1000, 0);
  values[10] = 5;
  values[777] = std::nanf("");
  EXPECT_THAT(largest(values, 2), ElementsAre(10, 777));
  EXPECT_EQ(largest(std::vector<float>(300, std::nanf("")), 3).size(), 3U);
}

TEST(ActiveLatents, KnowTheRowsOfEachLatent) {
  ActiveLatents<float> code(4, 2);
  code.reserve(3);
  const std::vector<int32_t> indices = {3, 0, 1, 3, 3, 1};
  std::copy(indices.begin(), indices.end(), code.indices(0));
  code.invert(3);
  const auto uses = [&](int64_t latent) {
    const auto found = code.uses(latent);
    std::vector<std::pair<int32_t, int32_t>> list;  // rows and positions
    for (int64_t i = 0; i < found.count; ++i) list.emplace_back(found.rows[i], found.positions[i]);
    return list;
  };
  EXPECT_THAT(uses(0), ElementsAre(std::pair(0, 1)));
  EXPECT_THAT(uses(1), ElementsAre(std::pair(1, 2), std::pair(2, 5)));
  EXPECT_TRUE(uses(2).empty());
  EXPECT_THAT(uses(3), ElementsAre(std::pair(0, 0), std::pair(1, 3), std::pair(2, 4)));
}

}  // namespace
}  // namespace ae::fused
