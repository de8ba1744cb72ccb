#include "evaluation/interpolation_roughness.h"

#include <ATen/Functions.h>
#include <c10/core/GradMode.h>
#include <gtest/gtest.h>

#include <limits>

#include "experiments.h"

namespace ae {
namespace {

TEST(PathRoughness, IsOneForAStraightEvenPath) {
  const at::Tensor line = at::arange(5, at::kFloat).unsqueeze(1) * at::tensor({3.F, 4.F});
  const auto found = path_roughness(line);
  ASSERT_TRUE(found);
  EXPECT_DOUBLE_EQ(found->length_ratio, 1);
  EXPECT_DOUBLE_EQ(found->step_ratio, 1);
}

TEST(PathRoughness, TellsDetoursAndJumps) {
  const at::Tensor detour = at::tensor({0.F, 0.F, 0.F, 3.F, 4.F, 3.F, 4.F, 0.F}).view({4, 2});
  EXPECT_DOUBLE_EQ(path_roughness(detour)->length_ratio, 2.5);
  const at::Tensor jump = at::tensor({0.F, 1.F, 2.F, 8.F, 9.F, 10.F}).view({6, 1});
  EXPECT_DOUBLE_EQ(path_roughness(jump)->step_ratio, 3);
}

TEST(PathRoughness, HasNoFigureIfTheEndsCoincideOrAreNotFinite) {
  EXPECT_FALSE(path_roughness(at::tensor({1.F, 5.F, 1.F}).view({3, 1})));
  const float infinite = std::numeric_limits<float>::infinity();
  EXPECT_FALSE(path_roughness(at::tensor({1.F, 5.F, infinite}).view({3, 1})));
  EXPECT_FALSE(path_roughness(at::tensor({1.F, infinite, 5.F}).view({3, 1})));
}

TEST(InterpolationRoughness, SummarisesPaths) {
  const InterpolationRoughness found = summary_of({{1, 2}, {2, 2}, {6, 4}, {3, 8}});
  EXPECT_EQ(found.pairs, 4);
  EXPECT_EQ(found.mean_length_ratio, 3);
  EXPECT_EQ(found.median_length_ratio, 2.5);
  EXPECT_EQ(found.mean_step_ratio, 4);
  EXPECT_EQ(found.median_step_ratio, 3);
  EXPECT_EQ(summary_of({}).pairs, 0);
}

TEST(InterpolationRoughness, IsOneForALinearDecoder) {
  const c10::NoGradGuard no_grad;
  const auto model = model_of(experiment_of({{"model", {{"encoder", "linear"}}}}), 6);
  const at::Tensor from = at::tensor({1.F, 0.F, 0.F, 2.F, 2.F, 2.F}).view({2, 3});
  const at::Tensor to = at::tensor({0.F, 1.F, -1.F, 2.F, 2.F, 2.F}).view({2, 3});
  const InterpolationRoughness found = interpolation_roughness(*model, from, to, {}, at::kCPU);
  EXPECT_EQ(found.pairs, 1);
  EXPECT_EQ(found.left_out, 1);  // from a code to itself
  EXPECT_NEAR(found.mean_length_ratio, 1, 1e-5);
  EXPECT_NEAR(found.median_step_ratio, 1, 1e-4);
}

TEST(InterpolationRoughness, TellsAConditionalDecoderTheLabelsOfThePairs) {
  const c10::NoGradGuard no_grad;
  const Experiment experiment = experiment_of(
      {{"data", {{"train", {{"labels", "labels.npy"}}}}},
       {"model", {{"conditional", true}, {"encoder", {{"type", "mlp"}, {"hidden", {8}}}}}}});
  const auto model = model_of(experiment, 6);
  const at::Tensor from = at::tensor({3.F, 0.F, 0.F}).view({1, 3});
  const auto of = [&](int64_t label) {
    return interpolation_roughness(*model, from, -from, at::full({1}, label, at::kLong), at::kCPU)
        .mean_length_ratio;
  };
  EXPECT_NE(of(0), of(1));
}

}  // namespace
}  // namespace ae
