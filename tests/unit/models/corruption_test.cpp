#include "models/corruption.h"

#include <ATen/Functions.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "error_matchers.h"
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

TEST(Corruption, MaskingTakesTheValuesWithTheSmallestRandomNumbers) {
  for (const int64_t width : {1, 2, 30, 784, 5000}) {
    const at::Tensor x = at::randn({40, width}).abs() + 1;
    const FirstRowsNoise noise(40);
    const int64_t masked = (width + 1) / 2;
    const at::Tensor u = noise.uniform(Purpose::corruption, width, 0);
    const at::Tensor chosen =
        std::get<1>(u.topk(masked, /*dim=*/1, /*largest=*/false, /*sorted=*/false));
    const double fraction = static_cast<double>(masked) / static_cast<double>(width) - 1e-9;
    for (const at::ScalarType type : {at::kFloat, at::kDouble}) {
      const at::Tensor typed = x.to(type);
      const auto part = corruption({{"type", "masking"}, {"fraction", fraction}}, width);
      EXPECT_TRUE(at::equal(part->apply(typed, noise), typed.scatter(1, chosen, 0))) << width;
    }
  }
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

TEST(Corruption, SaltAndPepperStrikeHalfOfTheirShareEach) {
  const auto part =
      corruption({{"type", "salt_and_pepper"}, {"fraction", 0.3}, {"pepper", -1}, {"salt", 2}}, 50);
  const at::Tensor x = at::full({2'000, 50}, 0.5);
  const at::Tensor corrupted = part->apply(x, FirstRowsNoise(2'000));
  EXPECT_NEAR(mean_of(corrupted == -1), 0.15, 0.005);  // 4.4 standard deviations
  EXPECT_NEAR(mean_of(corrupted == 2), 0.15, 0.005);
  EXPECT_TRUE(((corrupted == -1) | (corrupted == 2) | (corrupted == 0.5)).all().item<bool>());
  EXPECT_TRUE((x == 0.5).all().item<bool>());
}

TEST(Corruption, MasksToTheMeanOfTheFeature) {
  const InputInfo input{{4}, 0, at::tensor({1.0, 2.0, 3.0, 4.0}, at::kFloat)};
  const at::Tensor x = at::zeros({50, 4});
  for (const Json& config : {Json{{"type", "masking"}, {"fraction", 0.5}, {"fill", "mean"}},
                             Json{{"type", "block_masking"}, {"size", 2}, {"fill", "mean"}}}) {
    const auto spec = part_of<CorruptionSpec>(config);
    EXPECT_TRUE(spec->needs_mean());
    const at::Tensor corrupted = spec->build(input)->apply(x, FirstRowsNoise(50));
    const at::Tensor masked = corrupted != 0;
    EXPECT_TRUE(at::equal(masked.sum(1), at::full({50}, 2, at::kLong)));
    EXPECT_TRUE(at::equal(corrupted, masked * input.mean));
  }
  EXPECT_FALSE(part_of<CorruptionSpec>("masking")->needs_mean());
}

/// Mask of the values changed by a block corruption. [B, …] bool
at::Tensor blocks(const Json& options, const std::vector<int64_t>& shape, int64_t rows) {
  const InputInfo input{shape, 0, {}};
  const auto part =
      part_of<CorruptionSpec>(layered({{"type", "block_masking"}}, options))->build(input);
  std::vector<int64_t> all = shape;
  all.insert(all.begin(), rows);
  return part->apply(at::ones({rows, input.width()}), FirstRowsNoise(rows)).eq(0).view(all);
}

/// True if the true values along the last axis are contiguous.
bool contiguous(const at::Tensor& marks) {
  const at::Tensor edges = marks.to(at::kInt).diff(1, -1).ne(0).sum(-1);
  return (edges <= 2).all().item<bool>() &&
         (marks.select(-1, 0).logical_and(marks.select(-1, -1)).logical_not().all().item<bool>());
}

TEST(BlockMasking, HidesOneSquareOfEachImageInAllItsChannels) {
  const at::Tensor mask = blocks({{"size", 3}}, {3, 8, 6}, 200);
  EXPECT_TRUE(at::equal(mask.flatten(1).sum(1), at::full({200}, 3 * 9, at::kLong)));
  EXPECT_TRUE(at::equal(mask.select(1, 0), mask.select(1, 1)));
  EXPECT_TRUE(at::equal(mask.select(1, 0), mask.select(1, 2)));
  const at::Tensor image = mask.select(1, 0);
  for (const int64_t axis : {1, 2}) {
    const at::Tensor marks = image.any(axis);
    EXPECT_TRUE(at::equal(marks.sum(1), at::full({200}, 3, at::kLong)));
    EXPECT_TRUE(contiguous(marks));
    // Every position is masked in some row, the edges included.
    EXPECT_TRUE(marks.any(0).all().item<bool>()) << axis;
  }
  EXPECT_TRUE(image.flatten(1).any(0).all().item<bool>());
}

TEST(BlockMasking, HidesASpanOfASignal) {
  for (const std::vector<int64_t>& shape :
       std::vector<std::vector<int64_t>>{{10}, {1, 10}, {2, 10}}) {
    const at::Tensor mask = blocks({{"size", 4}}, shape, 100).view({100, -1, 10});
    EXPECT_TRUE(at::equal(mask.sum(2), at::full({100, mask.size(1)}, 4, at::kLong)));
    EXPECT_TRUE(contiguous(mask));
    EXPECT_TRUE(at::equal(mask.select(1, 0), mask.select(1, -1)));
    EXPECT_TRUE(mask.select(1, 0).any(0).all().item<bool>());
  }
}

TEST(BlockMasking, HidesSeveralBlocksThatMayOverlap) {
  const at::Tensor count = blocks({{"size", 2}, {"blocks", 3}}, {20}, 300).sum(1);
  EXPECT_GE(count.min().item<int64_t>(), 2);
  EXPECT_EQ(count.max().item<int64_t>(), 6);
  EXPECT_LT(count.min().item<int64_t>(), 6) << "some overlap";
}

TEST(BlockMasking, MayHideAllAndNoMore) {
  EXPECT_TRUE(blocks({{"size", 4}}, {1, 4, 4}, 5).all().item<bool>());
  EXPECT_THAT([] { blocks({{"size", 5}}, {1, 8, 4}, 1); },
              fails_with(ErrorKind::usage,
                         "corruption.size = 5 does not fit into rows of shape 1×8×4", "at most 4"));
  EXPECT_THAT([] { blocks({{"size", 11}}, {2, 10}, 1); },
              fails_with(ErrorKind::usage, "corruption.size = 11", "at most 10"));
}

TEST(RowNoise, GivesARowItsNumbersInWhateverBatch) {
  const NoiseKey moment{.seed = 1, .epoch = 2};
  const std::vector<int64_t> together = {5, 9, 2};
  const std::vector<int64_t> alone = {9};
  const RowNoise batch(moment, together, at::kCPU);
  const RowNoise single(moment, alone, at::kCPU);
  EXPECT_TRUE(
      at::equal(batch.normal(Purpose::posterior, 7)[1], single.normal(Purpose::posterior, 7)[0]));
  EXPECT_TRUE(at::equal(batch.uniform(Purpose::corruption, 7)[1],
                        single.uniform(Purpose::corruption, 7)[0]));
}

TEST(RowNoise, DependsOnSeedEpochRowAndPurpose) {
  const std::vector<int64_t> rows = {1, 2};
  const auto drawn = [&](const NoiseKey& moment, Purpose purpose = Purpose::posterior) {
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
