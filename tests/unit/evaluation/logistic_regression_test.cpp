#include "evaluation/logistic_regression.h"

#include <ATen/Functions.h>
#include <gtest/gtest.h>

#include "experiments.h"
#include "one_thread.h"

namespace ae {
namespace {

/// Standard normal rows, deterministic in the seed.
at::Tensor normal_rows(int64_t n, int64_t width, uint64_t seed = 1) {
  return FirstRowsNoise(n, seed).normal(Purpose::sampling, width);
}

/// Classes that depend on the first two features and noise.
at::Tensor overlapping_classes(const at::Tensor& rows) {
  const at::Tensor noise = normal_rows(rows.size(0), 1, 9).squeeze(1);
  return (rows.select(1, 0) + 0.5 * noise > 0).to(at::kLong) +
         (rows.select(1, 1) - 0.5 * noise > 0).to(at::kLong);
}

double largest(const at::Tensor& values) { return values.abs().max().item<double>(); }

TEST(Standardization, GivesMeanZeroAndDeviationOne) {
  at::Tensor rows = normal_rows(500, 3) * at::tensor({0.01F, 1.F, 300.F}) + 5;
  const Standardization fitted = Standardization::fit(rows);
  at::Tensor others = rows.narrow(0, 0, 10).clone();
  fitted.apply(rows);
  EXPECT_LT(largest(rows.mean(0)), 1e-4);
  EXPECT_LT(largest(rows.std(0, /*unbiased=*/false) - 1), 1e-4);
  fitted.apply(others);
  EXPECT_TRUE(at::equal(others, rows.narrow(0, 0, 10)));
}

TEST(Standardization, LeavesWhatDoesNotVaryAtZero) {
  at::Tensor rows = normal_rows(100, 3);
  rows.select(1, 1).fill_(0.1);
  rows.select(1, 2).fill_(1000).narrow(0, 0, 50).add_(1e-4);  // one rounding step of float32
  const Standardization fitted = Standardization::fit(rows);
  fitted.apply(rows);
  EXPECT_EQ(largest(rows.narrow(1, 1, 2)), 0);
  EXPECT_GT(largest(rows.select(1, 0)), 1);
  at::Tensor other = at::full({1, 3}, 7.F);
  fitted.apply(other);
  EXPECT_EQ(largest(other.narrow(1, 1, 2)), 0);
}

TEST(LogisticRegression, DoesNotDependOnWhereItStarts) {
  const at::Tensor rows = normal_rows(300, 5).to(at::kDouble);
  const at::Tensor classes = overlapping_classes(rows);
  const LogisticOptions options{.c = 0.5, .tolerance = 1e-8};
  const auto from_zero =
      fit_logistic_regression(rows, classes, options, LogisticRegression::zero(3, 5));
  LogisticRegression far = LogisticRegression::zero(3, 5);
  far.weights.fill_(2).select(0, 1).fill_(-3);
  const auto from_far = fit_logistic_regression(rows, classes, options, far);
  EXPECT_TRUE(from_zero.converged);
  EXPECT_TRUE(from_far.converged);
  EXPECT_LT(largest(from_zero.weights - from_far.weights), 1e-5);
  EXPECT_GT(largest(from_zero.weights), 0.1);
  // The initial weights are unchanged.
  EXPECT_EQ(far.weights[0][0].item<double>(), 2);
  const double errors = (from_zero.classify(rows) != classes).sum().item<double>();
  EXPECT_LT(errors, 100);
  EXPECT_GT(errors, 0);
}

TEST(LogisticRegression, DoesNotPenaliseTheIntercept) {
  const at::Tensor rows = normal_rows(400, 4);
  at::Tensor classes = at::zeros({400}, at::kLong);
  classes.narrow(0, 0, 40).fill_(1);
  classes.narrow(0, 40, 160).fill_(2);
  const auto fitted = fit_logistic_regression(rows, classes, {.c = 1e-9, .tolerance = 1e-8},
                                              LogisticRegression::zero(3, 4));
  EXPECT_LT(largest(fitted.weights), 1e-6);
  EXPECT_LT(largest(fitted.intercept.softmax(0) - at::tensor({0.5, 0.1, 0.4}, at::kDouble)), 1e-6);
}

TEST(LogisticRegression, WeighsRowsTwiceAsCTwice) {
  // Twice the rows need more than one chunk.
  const at::Tensor rows = normal_rows(2000, 400);
  const at::Tensor classes = overlapping_classes(rows);
  const auto once = fit_logistic_regression(rows, classes, {.c = 2e-3, .tolerance = 1e-5},
                                            LogisticRegression::zero(3, 400));
  const auto twice =
      fit_logistic_regression(at::cat({rows, rows}), at::cat({classes, classes}),
                              {.c = 1e-3, .tolerance = 1e-5}, LogisticRegression::zero(3, 400));
  EXPECT_TRUE(once.converged);
  EXPECT_LT(largest(once.weights - twice.weights), 1e-4);
  EXPECT_GT(largest(once.weights), 0.1);
  const at::Tensor found = once.classify(at::cat({rows, rows}));
  EXPECT_TRUE(at::equal(found.narrow(0, 0, 2000), found.narrow(0, 2000, 2000)));
}

TEST(LogisticRegression, CopesWithAClassThatNoRowHas) {
  const at::Tensor rows = normal_rows(100, 2);
  const at::Tensor classes = overlapping_classes(rows).clamp_min(1);  // none of class 0
  const auto fitted =
      fit_logistic_regression(rows, classes, {.c = 10}, LogisticRegression::zero(3, 2));
  EXPECT_TRUE(fitted.converged);
  EXPECT_TRUE(fitted.weights.isfinite().all().item<bool>());
  EXPECT_EQ((fitted.classify(rows) == 0).sum().item<int64_t>(), 0);
}

TEST(LogisticRegression, SaysThatItDidNotConverge) {
  const at::Tensor rows = normal_rows(300, 5);
  const auto fitted = fit_logistic_regression(rows, overlapping_classes(rows),
                                              {.tolerance = 1e-6, .evaluations = 3},
                                              LogisticRegression::zero(3, 5));
  EXPECT_FALSE(fitted.converged);
  EXPECT_LT(fitted.evaluations, 40);
}

}  // namespace
}  // namespace ae
