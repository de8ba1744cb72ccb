#include "evaluation/latent_map.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tuple>

#include "evaluation/umap.h"

namespace ae {
namespace {

TEST(LatentMap, IsOfTheLatentsThemselvesIfThereAreTwo) {
  const at::Tensor codes = at::tensor({1.F, -2.F, 3.F, 4.F}).view({2, 2});
  const LatentMap map = latent_map(codes);
  EXPECT_EQ(map.kind, "latents");
  EXPECT_TRUE(map.coordinates.equal(codes.to(at::kDouble)));
  EXPECT_EQ(map.x_label, "latent_0");
  EXPECT_EQ(map.y_label, "latent_1");
  EXPECT_THAT(map.explained, testing::IsEmpty());
}

TEST(LatentMap, DrawsTheOnlyLatentAgainstAnotherFigure) {
  const at::Tensor codes = at::tensor({1.F, -2.F, 3.F}).view({3, 1});
  const LatentMap plain = latent_map(codes);
  EXPECT_TRUE(
      plain.coordinates.equal(at::tensor({1., 0., -2., 0., 3., 0.}, at::kDouble).view({3, 2})));
  const LatentMap map =
      latent_map(codes, {.second = at::tensor({7.F, 8.F, 9.F}), .second_label = "squared error"});
  EXPECT_TRUE(
      map.coordinates.equal(at::tensor({1., 7., -2., 8., 3., 9.}, at::kDouble).view({3, 2})));
  EXPECT_EQ(map.y_label, "squared error");
}

TEST(LatentMap, IsOfThePrincipalAxesIfThereAreMore) {
  // Uncorrelated latents of variance 1, 16 and 4, the rows' mean being 5.
  const at::Tensor signs =
      at::tensor({1., 1., 1., 1., -1., -1., -1., 1., -1., -1., -1., 1.}, at::kDouble).view({4, 3});
  const at::Tensor codes = signs * at::tensor({1., 4., 2.}, at::kDouble) + 5;
  const LatentMap map = latent_map(codes);
  EXPECT_EQ(map.kind, "PCA");
  EXPECT_THAT(map.explained, testing::ElementsAre(testing::DoubleNear(16. / 21, 1e-12),
                                                  testing::DoubleNear(4. / 21, 1e-12)));
  const at::Tensor expected = at::stack({4 * signs.select(1, 1), 2 * signs.select(1, 2)}, 1);
  EXPECT_TRUE(map.coordinates.allclose(expected, 1e-12, 1e-12));
  EXPECT_EQ(map.x_label, "principal axis 1 (76.2 % of the variance)");
  EXPECT_EQ(map.y_label, "principal axis 2 (19.0 %)");
  EXPECT_TRUE(latent_map(codes.to(at::kFloat)).coordinates.allclose(expected, 1e-6, 1e-6));
}

TEST(LatentMap, PointsPrincipalAxesToTheirGreatestComponent) {
  const at::Tensor codes = at::randn({50, 6}, at::make_generator<at::CPUGeneratorImpl>(uint64_t{3}),
                                     at::TensorOptions(at::kDouble)) *
                           at::arange(1, 7, at::kDouble);
  const LatentMap map = latent_map(codes);
  const at::Tensor centred = codes - codes.mean(0);
  for (int64_t axis = 0; axis < 2; ++axis) {
    // The axis itself, as the coordinates of the axes are uncorrelated.
    const at::Tensor direction = centred.t().mv(map.coordinates.select(1, axis));
    EXPECT_GT(direction[direction.abs().argmax()].item<double>(), 0);
  }
  const at::Tensor variances = std::get<0>(at::linalg_eigh(centred.t().mm(centred)));
  EXPECT_NEAR(map.explained[0], (variances[5] / variances.sum()).item<double>(), 1e-12);
  EXPECT_NEAR(map.explained[1], (variances[4] / variances.sum()).item<double>(), 1e-12);
}

TEST(LatentMap, TakesOneRowAndEqualRows) {
  for (const int64_t count : {1, 2, 5}) {
    const LatentMap map = latent_map(at::full({count, 4}, 3.F));
    EXPECT_TRUE(map.coordinates.equal(at::zeros({count, 2}, at::kDouble)));
    EXPECT_THAT(map.explained, testing::ElementsAre(0, 0));
  }
}

TEST(LatentMap, IsOfUmapOnRequestWhereItIsBuiltIn) {
  const at::Tensor codes = at::randn({40, 3}, at::make_generator<at::CPUGeneratorImpl>(uint64_t{3}),
                                     at::TensorOptions(at::kFloat));
  const LatentMap map = latent_map(codes, {.umap = true, .seed = 9});
  EXPECT_EQ(map.kind, has_umap() ? "UMAP" : "PCA");
  EXPECT_EQ(map.coordinates.sizes(), at::IntArrayRef({40, 2}));
  if (!has_umap()) return;
  EXPECT_TRUE(map.coordinates.equal(umap(codes, {.seed = 9})->to(at::kDouble)));
}

}  // namespace
}  // namespace ae
