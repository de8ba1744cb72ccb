#include "core/sizes.h"

#include <gtest/gtest.h>

#include <vector>

#include "error_matchers.h"

namespace ae {
namespace {

TEST(ElementCount, IsTheProductOfTheExtents) {
  EXPECT_EQ(checked_element_count({}), 1);
  EXPECT_EQ(checked_element_count(std::vector<int64_t>{3, 28, 28}), 2352);
  EXPECT_EQ(checked_element_count(std::vector<int64_t>{3, 0, 28}), 0);
}

TEST(ElementCount, ThatWrapsAroundIsRefused) {
  const std::vector<int64_t> wraps_to_little = {8358967, 577755, 7639297};
  EXPECT_FALSE(element_count(wraps_to_little));
  EXPECT_THAT([&] { checked_element_count(wraps_to_little); },
              fails_on_data("8358967×577755×7639297: has more values"));
  EXPECT_THAT([] { checked_element_count(std::vector<int64_t>{4, -1}); }, fails_on_data("4×-1"));
}

}  // namespace
}  // namespace ae
