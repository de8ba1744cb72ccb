#include "evaluation/mutual_information_gap.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <gtest/gtest.h>

#include <cmath>

#include "one_thread.h"

namespace ae {
namespace {

constexpr int64_t kRows = 24;

/// Factors of all rows, the first two independent. [24] int64
at::Tensor two_valued() { return at::arange(kRows, at::kLong).remainder(2); }
at::Tensor three_valued() { return at::arange(kRows, at::kLong).floor_divide(2).remainder(3); }
at::Tensor constant_factor() { return at::full({kRows}, 7, at::kLong); }

TEST(MutualInformationGap, IsOneWhereEachFactorHasACode) {
  const at::Tensor codes = at::stack({three_valued() * -2.5, two_valued() * 0.001 + 4}, 1);
  const auto found = mutual_information_gap(codes, at::stack({two_valued(), three_valued()}, 1));
  ASSERT_TRUE(found.has_value());
  EXPECT_NEAR(found->mean, 1, 1e-14);
  EXPECT_NEAR(found->information[1][0].item<double>(), std::log(2), 1e-14);
  EXPECT_NEAR(found->information[0][1].item<double>(), std::log(3), 1e-14);
  EXPECT_NEAR(found->information[0][0].item<double>(), 0, 1e-14);
}

TEST(MutualInformationGap, IsZeroWhereTwoCodesSayTheSame) {
  const at::Tensor codes = at::stack({two_valued().to(at::kFloat), two_valued() * -3.F}, 1);
  EXPECT_EQ(mutual_information_gap(codes, two_valued().unsqueeze(1))->mean, 0);
}

TEST(MutualInformationGap, LeavesOutConstantFactors) {
  const at::Tensor codes = at::stack({two_valued(), constant_factor()}, 1).to(at::kDouble);
  const auto found = mutual_information_gap(codes, at::stack({constant_factor(), two_valued()}, 1));
  ASSERT_TRUE(found.has_value());
  EXPECT_FALSE(found->factors[0].has_value());
  EXPECT_NEAR(found->factors[1].value_or(-1), 1, 1e-14);
  EXPECT_NEAR(found->mean, 1, 1e-14);
}

TEST(MutualInformationGap, IsUndefinedForOneCodeOrWithoutAVaryingFactor) {
  const at::Tensor codes = at::stack({two_valued(), three_valued()}, 1).to(at::kDouble);
  EXPECT_FALSE(
      mutual_information_gap(codes.narrow(1, 0, 1), two_valued().unsqueeze(1)).has_value());
  EXPECT_FALSE(mutual_information_gap(codes, constant_factor().unsqueeze(1)).has_value());
  EXPECT_FALSE(
      mutual_information_gap(codes.narrow(0, 0, 1), two_valued().narrow(0, 0, 1).unsqueeze(1))
          .has_value());
}

/// Twenty bins: values in one bin are not told apart.
TEST(MutualInformationGap, HasTwentyBins) {
  const at::Tensor ramp = at::arange(40, at::kDouble);
  const at::Tensor codes = at::stack({ramp, at::zeros_like(ramp)}, 1);
  const auto found = mutual_information_gap(codes, at::arange(40, at::kLong).unsqueeze(1));
  EXPECT_NEAR(found->information[0][0].item<double>(), std::log(20), 0.02);
  EXPECT_LE(found->information[0][0].item<double>(), std::log(20) + 1e-14);
}

}  // namespace
}  // namespace ae
