#include "kernels/scalar_functions.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace ae {
namespace {

/// Maximum error of a function of float, in units in the last place of the exact value.
template <class Function, class Exact>
double largest_error(double low, double high, const Function& function, const Exact& exact) {
  constexpr int kSteps = 200'000;
  double largest = 0;
  for (int i = 0; i <= kSteps; ++i) {
    const auto x = static_cast<float>(low + (high - low) * i / kSteps);
    const double wanted = exact(static_cast<double>(x));
    const double unit = std::max(std::abs(wanted) * 0x1p-23, 0x1p-149);
    largest = std::max(largest, std::abs(static_cast<double>(function(x)) - wanted) / unit);
  }
  return largest;
}

TEST(ScalarFunctions, AreNearlyExactInFloat) {
  EXPECT_LT(
      largest_error(
          -80, 80, [](float x) { return exponential(x); }, [](double x) { return std::exp(x); }),
      2);
  EXPECT_LT(
      largest_error(
          0, 1, [](float x) { return log_one_plus(x); }, [](double x) { return std::log1p(x); }),
      3);
  EXPECT_LT(largest_error(
                -10, 10, [](float x) { return hyperbolic_tangent(x); },
                [](double x) { return std::tanh(x); }),
            3);
  EXPECT_LT(largest_error(
                -30, 30, [](float x) { return logistic(x); },
                [](double x) { return 1 / (1 + std::exp(-x)); }),
            4);
}

TEST(ScalarFunctions, StayFiniteAtTheEnds) {
  const float infinity = std::numeric_limits<float>::infinity();
  for (const float x : {1000.0F, infinity}) {
    EXPECT_TRUE(std::isfinite(exponential(x)));
    EXPECT_LT(exponential(-x), 1e-37F);
    EXPECT_EQ(logistic(x), 1);
    EXPECT_LT(logistic(-x), 1e-37F);
    EXPECT_EQ(hyperbolic_tangent(x), 1);
    EXPECT_EQ(hyperbolic_tangent(-x), -1);
  }
}

TEST(ScalarFunctions, LetNotANumberThrough) {
  const float nan = std::nanf("");
  EXPECT_TRUE(std::isnan(exponential(nan)));
  EXPECT_TRUE(std::isnan(logistic(nan)));
  EXPECT_TRUE(std::isnan(hyperbolic_tangent(nan)));
  EXPECT_TRUE(std::isnan(log_one_plus(nan)));
}

}  // namespace
}  // namespace ae
