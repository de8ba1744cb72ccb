#include "evaluation/frechet.h"

#include <ATen/Functions.h>
#include <gtest/gtest.h>

namespace ae {
namespace {

CodeMoments moments(const at::Tensor& mean, const at::Tensor& variances) {
  return {mean.to(at::kDouble), at::diag(variances.to(at::kDouble))};
}

TEST(FrechetDistance, AddsSquaredDistancesOfMeansAndDeviations) {
  const CodeMoments a = moments(at::tensor({0., 0.}), at::tensor({1., 4.}));
  const CodeMoments b = moments(at::tensor({3., 4.}), at::tensor({9., 1.}));
  // 3² + 4² + (1 - 3)² + (2 - 1)²
  EXPECT_NEAR(frechet_distance(a, b), 30, 1e-12);
  EXPECT_NEAR(frechet_distance(b, a), 30, 1e-12);
}

TEST(FrechetDistance, IsZeroForEqualMomentsAndExistsForSingularOnes) {
  const CodeMoments flat = moments(at::tensor({1., 2., 3.}), at::tensor({5., 0., 0.}));
  EXPECT_NEAR(frechet_distance(flat, flat), 0, 1e-6);
  EXPECT_GE(frechet_distance(flat, flat), 0);
  const CodeMoments point = moments(at::tensor({1., 2., 3.}), at::tensor({0., 0., 0.}));
  EXPECT_NEAR(frechet_distance(flat, point), 5, 1e-12);
}

}  // namespace
}  // namespace ae
