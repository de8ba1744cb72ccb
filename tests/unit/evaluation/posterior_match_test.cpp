#include "evaluation/posterior_match.h"

#include <ATen/Functions.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "experiments.h"
#include "one_thread.h"

namespace ae {
namespace {

at::Tensor normal_codes(int64_t n, int64_t width, uint64_t seed) {
  return FirstRowsNoise(n, seed).normal(Purpose::sampling, width);
}

TEST(CodeMoments, ByHand) {
  const CodeMoments found = code_moments(at::tensor({1., 5., 3., 1.}, at::kDouble).view({2, 2}));
  EXPECT_TRUE(at::equal(found.mean, at::tensor({2., 3.}, at::kDouble)));
  EXPECT_TRUE(
      at::equal(found.covariance, at::tensor({2., -4., -4., 8.}, at::kDouble).view({2, 2})));
}

TEST(TotalCorrelation, OfTwoCodesIsThatOfTheirCorrelation) {
  for (const double scale : {1., 1e-4, 1e6}) {  // of one code
    const at::Tensor covariance =
        at::tensor({1., 0.6 * scale, 0.6 * scale, scale * scale}, at::kDouble).view({2, 2});
    EXPECT_NEAR(*gaussian_total_correlation(covariance), -0.5 * std::log(1 - 0.36), 1e-14);
  }
  EXPECT_EQ(*gaussian_total_correlation(at::eye(5, at::kDouble) * 3), 0);
  EXPECT_EQ(*gaussian_total_correlation(at::eye(1, at::kDouble)), 0);
}

TEST(TotalCorrelation, IsUndefinedForASingularCovariance) {
  const at::Tensor codes = normal_codes(100, 3, 1).to(at::kDouble);
  EXPECT_TRUE(gaussian_total_correlation(code_moments(codes).covariance).has_value());
  const at::Tensor sum = codes.sum(1, /*keepdim=*/true);
  EXPECT_FALSE(
      gaussian_total_correlation(code_moments(at::cat({codes, sum}, 1)).covariance).has_value());
  const at::Tensor constant = at::full({100, 1}, 0.1, at::kDouble);
  EXPECT_FALSE(gaussian_total_correlation(code_moments(at::cat({codes, constant}, 1)).covariance)
                   .has_value());
  EXPECT_FALSE(gaussian_total_correlation(at::zeros({2, 2}, at::kDouble)).has_value());
}

TEST(KernelDiscrepancy, ByHand) {
  // Squared distances of the pooled rows 0, 1, 3, 6: 1, 4, 9, 9, 25, 36, of which 9 is the median.
  const at::Tensor a = at::tensor({0., 1.}, at::kDouble).unsqueeze(1);
  const at::Tensor b = at::tensor({3., 6.}, at::kDouble).unsqueeze(1);
  const KernelDiscrepancy found = *kernel_discrepancy(a, b);
  EXPECT_NEAR(found.bandwidth, 3, 1e-14);
  const auto kernel = [](double square) { return std::exp(-square / 18); };
  EXPECT_NEAR(found.squared,
              kernel(1) + kernel(9) - (kernel(9) + kernel(36) + kernel(4) + kernel(25)) / 2, 1e-14);
}

TEST(KernelDiscrepancy, TellsASampleOfAnotherDistribution) {
  const at::Tensor prior = normal_codes(3000, 4, 1);
  EXPECT_NEAR(kernel_discrepancy(prior, normal_codes(2500, 4, 2))->squared, 0, 5e-4);
  EXPECT_GT(kernel_discrepancy(prior, normal_codes(2500, 4, 2) * 0.7)->squared, 5e-3);
  EXPECT_GT(kernel_discrepancy(prior, normal_codes(2500, 4, 2) + 0.3)->squared, 5e-3);
}

TEST(KernelDiscrepancy, DependsOnNoThreads) {
  const at::Tensor a = normal_codes(2500, 3, 1);
  const at::Tensor b = normal_codes(1500, 3, 2);
  EXPECT_EQ(kernel_discrepancy(a, b, 2)->squared, kernel_discrepancy(a, b)->squared);
}

TEST(KernelDiscrepancy, IsUndefinedForOneRowAndForEqualRows) {
  const at::Tensor rows = normal_codes(5, 2, 1);
  EXPECT_FALSE(kernel_discrepancy(rows, rows.narrow(0, 0, 1)).has_value());
  EXPECT_FALSE(kernel_discrepancy(rows.narrow(0, 0, 1), rows).has_value());
  const at::Tensor equal = at::full({4, 2}, 0.1, at::kDouble);
  EXPECT_FALSE(kernel_discrepancy(equal, equal.clone()).has_value());
}

}  // namespace
}  // namespace ae
