#include "evaluation/central_intervals.h"

#include <ATen/Functions.h>
#include <gtest/gtest.h>

#include <cmath>

namespace ae {
namespace {

TEST(CentralIntervals, OfContinuousDistributionsHoldTheirShare) {
  EXPECT_NEAR(normal_interval_end(0.95), 1.959963984540054, 1e-12);
  EXPECT_NEAR(laplace_interval_end(0.5), std::log(2), 1e-15);
  EXPECT_NEAR(laplace_interval_end(0.9), std::log(10), 1e-14);
}

TEST(CentralIntervals, OfSmallRatesHoldZero) {
  const at::Tensor rates = at::tensor({1e-6, 0.1});
  EXPECT_TRUE(within_poisson_interval(at::zeros({2}), rates, 0.5).all().item<bool>());
  EXPECT_FALSE(within_poisson_interval(at::ones({2}), rates, 0.5).any().item<bool>());
}

TEST(CentralIntervals, OfCountsHoldAtLeastTheirShare) {
  const at::Tensor counts = at::arange(60, at::kDouble);
  for (const double rate : {0.7, 5., 20.}) {
    const at::Tensor log_share = counts * std::log(rate) - rate - (counts + 1).lgamma();
    for (const double share : {0.5, 0.9}) {
      const at::Tensor within =
          within_poisson_interval(counts, at::full({1}, rate, at::kDouble), share);
      const double held = (log_share.exp() * within).sum().item<double>();
      EXPECT_GE(held, share);
      EXPECT_LT(held, 1);
    }
  }
}

}  // namespace
}  // namespace ae
