#include "models/corruption.h"

#include <ATen/Functions.h>
#include <gtest/gtest.h>

#include "experiments.h"
#include "models/noise.h"
#include "parts.h"

namespace ae {
namespace {

double mean_of(const at::Tensor& x) { return x.to(at::kDouble).mean().item<double>(); }
double variance_of(const at::Tensor& x) { return x.to(at::kDouble).var().item<double>(); }

std::unique_ptr<Corruption> corruption(const Json& config, int64_t width) {
  return part_of<CorruptionSpec>(config)->build(rows_of(width));
}

TEST(Corruption, NoneHasNothingToDo) {
  EXPECT_EQ(corruption("none", 4), nullptr);
  EXPECT_FALSE(part_of<CorruptionSpec>("none")->is_active());
}

TEST(Corruption, MaskingZeroesExactlyItsShareOfEachRow) {
  const struct {
    double fraction;
    int64_t width;
    int64_t masked;
  } cases[] = {{0.3, 10, 3}, {0.25, 10, 3}, {0.5, 7, 4}, {0.99, 10, 10}, {0.01, 10, 0}};
  for (const auto& [fraction, width, masked] : cases) {
    const auto part = corruption({{"type", "masking"}, {"fraction", fraction}}, width);
    const at::Tensor x = at::full({200, width}, 0.5);
    const at::Tensor corrupted = part->apply(x, FirstRowsNoise(200));
    EXPECT_TRUE(at::equal((corrupted == 0).sum(1), at::full({200}, masked, at::kLong))) << fraction;
    EXPECT_TRUE(((corrupted == 0) | (corrupted == 0.5)).all().item<bool>());
    EXPECT_TRUE((x == 0.5).all().item<bool>());  // the target stays clean
  }
}

TEST(Corruption, MaskingStrikesEveryFeatureEquallyOften) {
  const at::Tensor x = at::ones({20'000, 5});
  const at::Tensor kept =
      corruption({{"type", "masking"}, {"fraction", 0.4}}, 5)->apply(x, FirstRowsNoise(20'000));
  EXPECT_LT((kept.mean(0) - 0.6).abs().max().item<double>(), 0.017);
}

TEST(Corruption, GaussianAddsNoiseOfItsDeviation) {
  const auto part = corruption({{"type", "gaussian"}, {"noise_factor", 0.25}}, 50);
  const at::Tensor x = at::full({1'000, 50}, 0.5);
  const at::Tensor noise = part->apply(x, FirstRowsNoise(1'000)) - x;
  EXPECT_NEAR(mean_of(noise), 0, 0.005);
  EXPECT_NEAR(variance_of(noise), 0.0625, 0.002);
  EXPECT_TRUE((x == 0.5).all().item<bool>());
}

TEST(Corruption, GaussianClipsIfAsked) {
  const auto part = corruption({{"type", "gaussian"}, {"noise_factor", 2}, {"clip", true}}, 10);
  const at::Tensor noisy = part->apply(at::full({100, 10}, 0.5), FirstRowsNoise(100));
  EXPECT_EQ(noisy.min().item<float>(), 0.0F);
  EXPECT_EQ(noisy.max().item<float>(), 1.0F);
}

TEST(RowNoise, GivesARowItsNumbersInWhateverBatch) {
  const NoiseMoment moment{.seed = 1, .epoch = 2, .step = 3};
  const std::vector<int64_t> together = {5, 9, 2};
  const std::vector<int64_t> alone = {9};
  const NoiseMoment later{.seed = 1, .epoch = 2, .step = 4};
  const RowNoise batch(moment, together, at::kCPU);
  const RowNoise single(later, alone, at::kCPU);
  EXPECT_TRUE(
      at::equal(batch.normal(Purpose::posterior, 7)[1], single.normal(Purpose::posterior, 7)[0]));
  EXPECT_TRUE(at::equal(batch.uniform(Purpose::corruption, 7)[1],
                        single.uniform(Purpose::corruption, 7)[0]));
}

TEST(RowNoise, DependsOnSeedEpochRowAndPurpose) {
  const std::vector<int64_t> rows = {1, 2};
  const auto drawn = [&](const NoiseMoment& moment, Purpose purpose = Purpose::posterior) {
    return RowNoise(moment, rows, at::kCPU).normal(purpose, 5);
  };
  const at::Tensor first = drawn({.seed = 1, .epoch = 2});
  EXPECT_TRUE(at::equal(drawn({.seed = 1, .epoch = 2}), first));
  EXPECT_FALSE(at::equal(drawn({.seed = 2, .epoch = 2}), first));
  EXPECT_FALSE(at::equal(drawn({.seed = 1, .epoch = 3}), first));
  EXPECT_FALSE(at::equal(drawn({.seed = 1, .epoch = 2}, Purpose::corruption), first));
  EXPECT_FALSE(at::equal(first[0], first[1]));
}

}  // namespace
}  // namespace ae
