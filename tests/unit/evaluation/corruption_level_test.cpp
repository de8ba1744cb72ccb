#include "evaluation/corruption_level.h"

#include <gtest/gtest.h>

#include "experiments.h"

namespace ae {
namespace {

CorruptionPart corruption_of(const Json& config) {
  return experiment_of({{"corruption", config}}).corruption;
}

TEST(CorruptionLevel, OfEveryCorruptionCanBeHalved) {
  for (const PartEntry<CorruptionSpec>& entry : CorruptionSpec::table()) {
    SCOPED_TRACE(entry.name);
    const CorruptionPart part = corruption_of(entry.name);
    const auto level = corruption_level(part);
    ASSERT_EQ(level.has_value(), part->is_active());
    if (!level) continue;
    const auto half = scaled_corruption(part, 0.5);
    ASSERT_TRUE(half.has_value());
    EXPECT_EQ(corruption_level(*half)->value, level->value / 2);
    EXPECT_EQ(corruption_level(part)->value, level->value) << "the original is changed";
  }
}

TEST(CorruptionLevel, KeepsTheOtherOptions) {
  const CorruptionPart part =
      corruption_of({{"type", "gaussian"}, {"noise_factor", 4}, {"clip", true}});
  EXPECT_EQ(corruption_level(part)->option, "noise_factor");
  const auto twice = scaled_corruption(part, 2);
  EXPECT_EQ(corruption_level(*twice)->value, 8);
  const at::Tensor noisy =
      (*twice)->build(rows_of(200))->apply(at::full({3, 200}, 0.5, at::kFloat), FirstRowsNoise(3));
  EXPECT_EQ(noisy.min().item<double>(), 0);
  EXPECT_EQ(noisy.max().item<double>(), 1);
}

TEST(CorruptionLevel, IsNoneWhereTheOptionDoesNotTakeIt) {
  const CorruptionPart masking = corruption_of({{"type", "masking"}, {"fraction", 0.6}});
  EXPECT_TRUE(scaled_corruption(masking, 1.5).has_value());
  EXPECT_FALSE(scaled_corruption(masking, 2).has_value());
  const CorruptionPart blocks = corruption_of({{"type", "block_masking"}, {"size", 3}});
  EXPECT_EQ(corruption_level(*scaled_corruption(blocks, 1.5))->value, 5);  // 4.5, rounded
  EXPECT_FALSE(scaled_corruption(blocks, 0.1).has_value());
}

}  // namespace
}  // namespace ae
