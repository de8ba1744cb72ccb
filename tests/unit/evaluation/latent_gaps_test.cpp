#include "evaluation/latent_gaps.h"

#include <ATen/Functions.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "experiments.h"

namespace ae {
namespace {

TEST(LatentGaps, MeasureByTheMedianDistanceOfNeighbours) {
  // Nearest neighbours at 1, 1, 2 and 4.
  const at::Tensor codes = at::tensor({0.F, 1.F, 3.F, 7.F}).view({4, 1});
  EXPECT_EQ(median_neighbour_distance(codes), 1);
  EXPECT_EQ(median_neighbour_distance(at::zeros({5, 2})), 0);
  const at::Tensor many = at::arange(1000, at::kFloat).view({-1, 1}) * 0.5;
  EXPECT_DOUBLE_EQ(median_neighbour_distance(many), 0.5);
}

/// A linear autoencoder that decodes a code to two equal values, of which it encodes the first
/// times `gain`.
std::shared_ptr<Autoencoder> linear_model(float gain) {
  auto model = model_of(experiment_of({{"model", {{"encoder", "linear"}, {"latent_dim", 1}}}}), 2);
  const c10::NoGradGuard no_grad;
  for (auto& item : model->named_parameters()) {
    if (item.key().ends_with("bias")) item.value().zero_();
    if (item.key() == "latent.projection.weight") item.value().copy_(at::tensor({gain, 0.F}));
    if (item.key().starts_with("decoder.") && item.key().ends_with("weight")) item.value().fill_(1);
  }
  return model;
}

TEST(LatentGaps, AreWhereDecodedPointsEncodeElsewhere) {
  const c10::NoGradGuard no_grad;
  const at::Tensor training = at::tensor({0.F, 1.F, 2.F}).view({3, 1});
  const at::Tensor points = at::tensor({0.5F, 1.F, 4.F, 8.F}).view({4, 1});
  const LatentGaps none = latent_gaps(*linear_model(1), points, {}, training);
  EXPECT_THAT(none.ratios, testing::ElementsAre(0, 0, 0, 0));
  EXPECT_EQ(none.share_outside, 0);
  const LatentGaps half = latent_gaps(*linear_model(0.5), points, {}, training);
  EXPECT_EQ(half.neighbour_distance, 1);
  EXPECT_THAT(half.ratios, testing::ElementsAre(0.25, 0.5, 2, 4));
  EXPECT_EQ(half.share_outside, 0.5);
}

TEST(LatentGaps, AreSoughtWithinTheBoxOfTheCodes) {
  const at::Tensor codes = at::tensor({-1.F, 5.F, 3.F, 6.F}).view({2, 2});
  const at::Tensor points = uniform_in_box(codes, 500, 1);
  EXPECT_TRUE(points.ge(codes.amin(0)).logical_and(points.le(codes.amax(0))).all().item<bool>());
  EXPECT_NEAR(points.select(1, 0).mean().item<double>(), 1, 0.3);
  EXPECT_TRUE(points.equal(uniform_in_box(codes, 500, 1)));
}

}  // namespace
}  // namespace ae
