#include "core/random.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

namespace ae {
namespace {

using testing::ElementsAre;
using testing::Ne;

std::vector<uint32_t> first_bits(const StreamKey& key, size_t n) {
  RandomStream stream(key);
  std::vector<uint32_t> bits(n);
  std::generate(bits.begin(), bits.end(), [&] { return stream.bits(); });
  return bits;
}

struct Moments {
  double mean = 0;
  double variance = 0;
};

Moments moments_of(const std::vector<float>& values) {
  const auto n = static_cast<double>(values.size());
  Moments moments;
  for (const float x : values) moments.mean += static_cast<double>(x) / n;
  for (const float x : values) {
    moments.variance +=
        (static_cast<double>(x) - moments.mean) * (static_cast<double>(x) - moments.mean) / n;
  }
  return moments;
}

TEST(RandomStream, IsPhilox) {
  // Published test vector of Random123 (kat_vectors, "philox4x32 10") with counter and key 0; this
  // seed hashes to key 0.
  EXPECT_THAT(first_bits({.seed = 0xf0c2abaa09b7df2a, .purpose = Purpose::split}, 4),
              ElementsAre(0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8));
}

TEST(RandomStream, CountsFromEpochAndItem) {
  // Values of another implementation, itself checked against all published vectors, with counter
  // {block, epoch, item's low half, item's high half}. Changing them changes the results of every
  // seed.
  EXPECT_THAT(
      first_bits({.seed = 7, .purpose = Purpose::corruption, .epoch = 3, .item = 0x500000002}, 8),
      ElementsAre(0x4874e5d2, 0x33a43909, 0x450d073d, 0x109bd663, 0x112d9065, 0xc5e05a45,
                  0x5a5d447c, 0x442876ad));
}

TEST(Philox, GeneratesBatchesEqualToSingleBlocks) {
  for (const uint32_t first : {0U, 5U, 0xFFFFFFF8U}) {  // the last wraps around
    Philox philox{.key = {0xa4093822, 0x299f31d0}, .counter = {first, 1, 2, 0xFFFFFFFF}};
    std::array<uint32_t, 4 * Philox::kBatch> many{};
    philox.generate_batch(many.data());
    for (size_t block = 0; block < Philox::kBatch; ++block, ++philox.counter[0]) {
      std::array<uint32_t, 4> one{};
      philox.generate(one.data());
      EXPECT_TRUE(std::equal(one.begin(), one.end(), many.begin() + 4 * block)) << block;
    }
  }
}

TEST(RandomStream, DrawsNormalNumbersByTheFormula) {
  const auto unit = [](uint32_t bits) { return static_cast<double>(bits >> 8) * 0x1p-24; };
  for (const size_t n : {1U, 2U, 3U, 7U, 64U, 2001U, 100'000U}) {
    const StreamKey key{.seed = n, .purpose = Purpose::posterior};
    RandomStream stream(key);
    RandomStream words(key);
    stream.bits();  // so that pairs are not aligned with blocks
    words.bits();
    std::vector<float> drawn(n);
    stream.normal(drawn);
    for (size_t i = 0; i < n; i += 2) {
      const double radius = std::sqrt(-2 * std::log(1 - unit(words.bits())));
      const double angle = 2 * std::numbers::pi * unit(words.bits());
      ASSERT_NEAR(drawn[i], radius * std::cos(angle), 2e-6) << i;
      if (i + 1 == n) break;
      ASSERT_NEAR(drawn[i + 1], radius * std::sin(angle), 2e-6) << i;
    }
    EXPECT_EQ(stream.bits(), words.bits());
  }
}

TEST(RandomStream, DrawsBelowSeveralBoundsAsOneByOne) {
  for (const uint32_t n : {17U, 300U, 60'000U, 2'147'483'649U, 4'000'000'000U}) {
    const StreamKey key{.seed = n, .purpose = Purpose::shuffle};
    RandomStream one(key);
    RandomStream many(key);
    many.bits();  // so that pairs are not aligned with blocks
    one.bits();
    std::vector<uint32_t> drawn(std::min<uint32_t>(n - 1, 5'000));
    many.below_each(n, drawn);
    for (uint32_t i = 0; i < drawn.size(); ++i) {
      ASSERT_EQ(drawn[i], one.below(n - i)) << n << ", " << i;
    }
    EXPECT_EQ(many.bits(), one.bits());
  }
}

TEST(RandomStream, IsAFunctionOfEveryPartOfItsKey) {
  const StreamKey key{.seed = 1, .purpose = Purpose::shuffle, .epoch = 2, .item = 3};
  const std::vector<uint32_t> drawn = first_bits(key, 8);
  EXPECT_EQ(first_bits(key, 8), drawn);

  StreamKey other = key;
  other.seed = 2;
  EXPECT_THAT(first_bits(other, 8), Ne(drawn));
  other = key;
  other.purpose = Purpose::corruption;
  EXPECT_THAT(first_bits(other, 8), Ne(drawn));
  other = key;
  other.epoch = 3;
  EXPECT_THAT(first_bits(other, 8), Ne(drawn));
  other = key;
  other.item = 4;
  EXPECT_THAT(first_bits(other, 8), Ne(drawn));
  other.item = key.item | (uint64_t{1} << 40);
  EXPECT_THAT(first_bits(other, 8), Ne(drawn));
}

TEST(RandomStream, UniformIsUniform) {
  constexpr size_t kCount = 200'000;
  constexpr size_t kBins = 50;
  std::vector<float> values(kCount);
  RandomStream({.seed = 5, .purpose = Purpose::sampling}).uniform(values);
  EXPECT_GE(*std::min_element(values.begin(), values.end()), 0.0F);
  EXPECT_LT(*std::max_element(values.begin(), values.end()), 1.0F);
  const Moments moments = moments_of(values);
  EXPECT_NEAR(moments.mean, 0.5, 0.003);  // 4.6 standard errors
  EXPECT_NEAR(moments.variance, 1.0 / 12, 0.001);
  std::vector<double> bins(kBins);
  for (const float x : values) ++bins[static_cast<size_t>(x * kBins)];
  double chi_square = 0;
  constexpr double kExpected = static_cast<double>(kCount) / kBins;
  for (const double count : bins)
    chi_square += (count - kExpected) * (count - kExpected) / kExpected;
  EXPECT_LT(chi_square, 85.4);  // 49 degrees of freedom: exceeded once in 1,000
  EXPECT_GT(chi_square, 23.0);
}

TEST(RandomStream, NormalIsStandardNormal) {
  constexpr size_t kCount = 200'001;  // odd: the last pair is cut
  std::vector<float> values(kCount);
  RandomStream({.seed = 5, .purpose = Purpose::posterior}).normal(values);
  const Moments moments = moments_of(values);
  EXPECT_NEAR(moments.mean, 0, 0.01);
  EXPECT_NEAR(moments.variance, 1, 0.015);
  double cubes = 0;
  double fourths = 0;
  double neighbours = 0;
  for (size_t i = 0; i < kCount; ++i) {
    const auto x = static_cast<double>(values[i]);
    cubes += x * x * x / kCount;
    fourths += x * x * x * x / kCount;
    if (i > 0) neighbours += x * static_cast<double>(values[i - 1]) / kCount;
  }
  EXPECT_NEAR(cubes, 0, 0.04);
  EXPECT_NEAR(fourths, 3, 0.1);
  EXPECT_NEAR(neighbours, 0, 0.01);
  const auto beyond = [&](float x) {
    return static_cast<double>(std::count_if(values.begin(), values.end(),
                                             [x](float v) { return std::abs(v) > x; })) /
           kCount;
  };
  EXPECT_NEAR(beyond(1), 0.3173, 0.005);
  EXPECT_NEAR(beyond(3), 0.0027, 0.0006);
}

TEST(RandomStream, BelowIsEvenAndInRange) {
  RandomStream stream({.seed = 9, .purpose = Purpose::split});
  std::vector<int> counts(7);
  for (int i = 0; i < 70'000; ++i) {
    const uint32_t value = stream.below(7);
    ASSERT_LT(value, 7u);
    ++counts[value];
  }
  for (const int count : counts) EXPECT_NEAR(count, 10'000, 450);  // 4.9 standard deviations
  for (int i = 0; i < 10; ++i) EXPECT_EQ(stream.below(1), 0u);
}

TEST(RandomStream, BelowOfAHugeNumberIsNotBiased) {
  // Without rejection, four words would map to three numbers: every third twice as often.
  RandomStream stream({.seed = 9, .purpose = Purpose::split});
  constexpr uint32_t kRange = 3U << 30U;
  std::vector<int> counts(3);
  for (int i = 0; i < 9'000; ++i) ++counts[stream.below(kRange) % 3];
  for (const int count : counts) EXPECT_NEAR(count, 3'000, 220);
}

TEST(Permutation, HoldsEveryNumberOnce) {
  std::vector<int64_t> order = permutation(1'000, {.seed = 1, .purpose = Purpose::shuffle});
  EXPECT_FALSE(std::is_sorted(order.begin(), order.end()));
  std::sort(order.begin(), order.end());
  std::vector<int64_t> all(1'000);
  std::iota(all.begin(), all.end(), int64_t{0});
  EXPECT_EQ(order, all);
  EXPECT_THAT(permutation(1, {}), ElementsAre(0));
  EXPECT_THAT(permutation(0, {}), ElementsAre());
}

TEST(Permutation, DependsOnSeedAndEpoch) {
  const auto order = [](uint64_t seed, uint32_t epoch) {
    return permutation(100, {.seed = seed, .purpose = Purpose::shuffle, .epoch = epoch});
  };
  EXPECT_EQ(order(1, 0), order(1, 0));
  EXPECT_NE(order(1, 0), order(1, 1));
  EXPECT_NE(order(1, 0), order(2, 0));
}

TEST(Permutation, PutsEveryNumberInEveryPlaceEquallyOften) {
  std::vector<std::vector<int>> places(4, std::vector<int>(4));
  for (uint64_t i = 0; i < 8'000; ++i) {
    const auto order = permutation(4, {.seed = 3, .purpose = Purpose::shuffle, .item = i});
    for (size_t place = 0; place < 4; ++place) ++places[static_cast<size_t>(order[place])][place];
  }
  for (const auto& row : places) {
    for (const int count : row) EXPECT_NEAR(count, 2'000, 190);
  }
}

TEST(DerivedSeed, DependsOnItsKey) {
  const uint64_t seed = derived_seed({.seed = 1, .purpose = Purpose::initialization, .item = 0});
  EXPECT_EQ(derived_seed({.seed = 1, .purpose = Purpose::initialization, .item = 0}), seed);
  EXPECT_NE(derived_seed({.seed = 1, .purpose = Purpose::initialization, .item = 1}), seed);
  EXPECT_NE(derived_seed({.seed = 2, .purpose = Purpose::initialization, .item = 0}), seed);
  EXPECT_NE(seed >> 32, 0u);
}

}  // namespace
}  // namespace ae
