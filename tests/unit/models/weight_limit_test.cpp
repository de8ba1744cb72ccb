#include "models/weight_limit.h"

#include <gtest/gtest.h>

#include "core/memory.h"
#include "error_matchers.h"

namespace ae {
namespace {

auto adding(double weights, int layers = 1) {
  return [weights, layers] {
    for (int i = 0; i < layers; ++i) WeightLimit::add("its layer", weights, "widths");
  };
}

TEST(WeightLimit, IsTheMemoryThatIsFree) {
  const double free_weights = static_cast<double>(available_memory_bytes()) / sizeof(float);
  EXPECT_NO_THROW(adding(free_weights / 2)());
  EXPECT_THAT(adding(free_weights * 2), fails_on_usage("its layer takes", "take smaller widths"));
  const WeightLimit limit;
  EXPECT_NO_THROW(adding(free_weights / 10, 5)());
  EXPECT_THAT(adding(free_weights / 10, 15), fails_on_usage("its layer and those before it take"));
}

TEST(WeightLimit, CountsLayersOfFewWeightsToo) {
  const WeightLimit limit;
  EXPECT_THAT(adding(1, 1 << 28), fails_on_usage("its layer and those before it take"));
}

TEST(WeightLimit, OfAFileIsWhatItHolds) {
  const auto load = [](double weights, int layers) {
    return [=] {
      const WeightLimit file(100, 3, "a.safetensors");
      const WeightLimit model;
      adding(weights, layers)();
    };
  };
  EXPECT_NO_THROW(load(33, 3)());
  EXPECT_THAT(load(34, 3), fails_on_data("a.safetensors", "with its layer", "more weights"));
  EXPECT_THAT(load(1, 4), fails_on_data("a.safetensors"));
  EXPECT_NO_THROW(adding(1000)()) << "the limit has ended";
}

}  // namespace
}  // namespace ae
