#include "evaluation/variance_explained.h"

#include <ATen/Functions.h>
#include <gtest/gtest.h>

#include <limits>

namespace ae {
namespace {

TEST(VarianceExplained, IsAboutTheMeanOfAllRows) {
  const at::Tensor rows = at::tensor({1000.F, 1002.F, 1004.F, 1006.F}).view({4, 1});
  VarianceExplained of_mean;
  VarianceExplained of_rows;
  for (int64_t i = 0; i < 4; ++i) {
    of_mean.add(rows.narrow(0, i, 1), at::full({1, 1}, 1003.F));
    of_rows.add(rows.narrow(0, i, 1), rows.narrow(0, i, 1));
  }
  EXPECT_NEAR(*of_mean.value(), 0, 1e-12);
  EXPECT_EQ(*of_rows.value(), 1);
}

TEST(VarianceExplained, LeavesMissingValuesOut) {
  const float missing = std::numeric_limits<float>::quiet_NaN();
  VarianceExplained variance;
  variance.add(at::tensor({0.F, missing, 2.F, 7.F}).view({2, 2}),
               at::tensor({0.F, 99.F, 1.F, 7.F}).view({2, 2}));
  EXPECT_DOUBLE_EQ(*variance.value(), 0.5);
}

TEST(VarianceExplained, HasNoFigureWithoutVariance) {
  EXPECT_FALSE(VarianceExplained().value());
  VarianceExplained equal;
  equal.add(at::ones({3, 2}), at::zeros({3, 2}));
  EXPECT_FALSE(equal.value());
}

}  // namespace
}  // namespace ae
