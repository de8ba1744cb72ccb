#include "evaluation/intrinsic_dimension.h"

#include <ATen/Functions.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "experiments.h"
#include "one_thread.h"

namespace ae {
namespace {

at::Tensor places_on_a_line(const std::vector<double>& places) {
  return at::tensor(places, at::kDouble).unsqueeze(1);
}

TEST(IntrinsicDimension, ByHand) {
  // Nearest two distances: 1 and 4, 1 and 3, 3 and 4, 8 and 11.
  const IntrinsicDimension found = *intrinsic_dimension(places_on_a_line({0, 1, 4, 12}));
  EXPECT_EQ(found.rows, 4);
  EXPECT_EQ(found.duplicates, 0);
  EXPECT_NEAR(found.maximum_likelihood, 3 / std::log(4. * 3 * (4. / 3) * (11. / 8)), 1e-14);
  // The largest of four ratios is discarded.
  const double x[] = {std::log(11. / 8), std::log(4. / 3), std::log(3.)};
  const double y[] = {std::log(2.), std::log(4. / 3), std::log(4.)};  // by rank: 4/3, 11/8, 3
  EXPECT_NEAR(found.linear_fit,
              (x[0] * y[0] + x[1] * y[1] + x[2] * y[2]) / (x[0] * x[0] + x[1] * x[1] + x[2] * x[2]),
              1e-14);
}

TEST(IntrinsicDimension, OfAPlaneInManyFeaturesIsTwo) {
  const at::Tensor plane = FirstRowsNoise(4000).uniform(Purpose::sampling, 2);
  const at::Tensor rows =
      plane.mm(FirstRowsNoise(2, 9).normal(Purpose::sampling, 20)) + 100;  // float32
  const IntrinsicDimension found = *intrinsic_dimension(rows, 2);
  EXPECT_NEAR(found.maximum_likelihood, 2, 0.1);
  EXPECT_NEAR(found.linear_fit, 2, 0.1);
}

/// Equal rows far from the origin, whose distance by matrix product would not be 0.
TEST(IntrinsicDimension, LeavesOutDuplicates) {
  at::Tensor rows = FirstRowsNoise(300).normal(Purpose::sampling, 5).to(at::kDouble) + 1e4;
  const IntrinsicDimension without = *intrinsic_dimension(rows);
  EXPECT_EQ(without.duplicates, 0);
  const IntrinsicDimension with =
      *intrinsic_dimension(at::cat({rows, rows.narrow(0, 0, 20), rows.narrow(0, 0, 1)}));
  EXPECT_EQ(with.duplicates, 41);
  EXPECT_EQ(with.rows, 280);
}

TEST(IntrinsicDimension, IsUndefinedForFewRowsAndForGrids) {
  EXPECT_FALSE(intrinsic_dimension(places_on_a_line({1})).has_value());
  EXPECT_FALSE(intrinsic_dimension(places_on_a_line({1, 3})).has_value());
  EXPECT_TRUE(intrinsic_dimension(places_on_a_line({1, 3, 8})).has_value());
  EXPECT_FALSE(intrinsic_dimension(places_on_a_line({1, 3, 8, 8, 8})).has_value());
  EXPECT_FALSE(intrinsic_dimension(at::full({20, 2}, 4, at::kFloat)).has_value());
  const at::Tensor i = at::arange(16, at::kLong);
  const at::Tensor grid = at::stack({i.remainder(4), i.floor_divide(4)}, 1).to(at::kDouble);
  EXPECT_FALSE(intrinsic_dimension(grid).has_value());
}

}  // namespace
}  // namespace ae
