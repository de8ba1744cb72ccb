#include "evaluation/umap.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <gtest/gtest.h>

#include <tuple>

#include "evaluation/embedding_quality.h"

namespace ae {
namespace {

at::Tensor rows_of_noise(int64_t count, int64_t width) {
  return at::randn({count, width}, at::make_generator<at::CPUGeneratorImpl>(uint64_t{1}),
                   at::TensorOptions(at::kFloat));
}

class UmapTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!has_umap()) GTEST_SKIP() << "built without UMAP";
  }
};

TEST(UmapWithoutHeaders, GivesNothing) {
  EXPECT_EQ(umap(rows_of_noise(20, 3)).has_value(), has_umap());
}

TEST_F(UmapTest, DependsOnTheSeedAlone) {
  const at::Tensor rows = rows_of_noise(400, 11);
  const at::Tensor map = *umap(rows, {.seed = 4, .threads = 1});
  EXPECT_EQ(map.sizes(), at::IntArrayRef({400, 2}));
  EXPECT_EQ(map.scalar_type(), at::kFloat);
  EXPECT_TRUE(map.equal(*umap(rows, {.seed = 4, .threads = 2})));
  EXPECT_TRUE(map.equal(*umap(rows, {.seed = 4, .threads = 7})));
  EXPECT_TRUE(map.equal(*umap(rows.to(at::kDouble), {.seed = 4})));
  EXPECT_FALSE(map.equal(*umap(rows, {.seed = 5})));
}

TEST_F(UmapTest, DependsOnNeitherPlaceNorScale) {
  const at::Tensor rows = rows_of_noise(100, 4).to(at::kDouble);
  const auto trust = [&](const at::Tensor& given) {
    const at::Tensor map = *umap(given);
    EXPECT_TRUE(map.isfinite().all().item<bool>());
    return embedding_quality(rows, map, 10)->trustworthiness;
  };
  const double plain = trust(rows);
  EXPECT_GT(plain, 0.85);
  EXPECT_NEAR(trust(rows * 1e30), plain, 0.03);
  EXPECT_NEAR(trust(rows * 1e-30), plain, 0.03);
  EXPECT_NEAR(trust(rows + 1e6), plain, 0.03);
}

TEST_F(UmapTest, TakesFewAndEqualRows) {
  for (const int64_t count : {0, 1, 2, 3, 4, 7, 8, 9, 14, 15, 16, 40}) {
    for (const int64_t width : {1, 3}) {
      SCOPED_TRACE(count);
      for (const at::Tensor& rows : {rows_of_noise(count, width), at::ones({count, width}),
                                     rows_of_noise(count, width).sign()}) {
        const at::Tensor map = *umap(rows);
        EXPECT_EQ(map.sizes(), at::IntArrayRef({count, 2}));
        EXPECT_TRUE(map.isfinite().all().item<bool>());
        if (count < 2) continue;
        EXPECT_EQ(std::get<0>(at::unique_dim(map, 0)).size(0), count);  // none hides another
      }
    }
  }
}

TEST_F(UmapTest, KeepsGroupsTogetherWhoseGraphFallsApart) {
  const at::Tensor groups = at::arange(120, at::kLong).remainder(3);
  const at::Tensor rows = rows_of_noise(120, 5) + 100 * at::one_hot(groups, 5).to(at::kFloat);
  const at::Tensor map = *umap(rows);
  const at::Tensor distances = at::cdist(map, map);
  const at::Tensor same = groups.unsqueeze(0).eq(groups.unsqueeze(1));
  EXPECT_LT(distances.masked_select(same).max().item<double>(),
            distances.masked_select(same.logical_not()).min().item<double>());
}

}  // namespace
}  // namespace ae
