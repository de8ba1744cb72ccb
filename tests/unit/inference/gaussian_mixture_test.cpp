#include "inference/gaussian_mixture.h"

#include <ATen/Functions.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "error_matchers.h"
#include "inference/mixture_selection.h"
#include "inference/sample.h"

namespace ae {
namespace {

/// Standard normal rows. [n, z] float64
at::Tensor normal_rows(int64_t n, int64_t z, uint64_t seed = 1) {
  return draw_from_prior(0, n, z, seed).to(at::kDouble);
}

/// A mixture of two components that are far apart, with correlated and with narrow dimensions.
GaussianMixture two_components() {
  return {CovarianceType::full, at::tensor({0.25, 0.75}, at::kDouble),
          at::tensor({-10.0, 4.0, 10.0, -2.0}, at::kDouble).view({2, 2}),
          at::tensor({4.0, 1.8, 1.8, 1.0, 1.0, 0.0, 0.0, 0.01}, at::kDouble).view({2, 2, 2})};
}

TEST(GaussianMixture, HasTheDensityOfItsComponents) {
  const GaussianMixture one{CovarianceType::diagonal, at::ones({1}, at::kDouble),
                            at::tensor({1.0, 2.0}, at::kDouble).view({1, 2}),
                            at::tensor({4.0, 9.0}, at::kDouble).view({1, 2})};
  const at::Tensor rows = at::tensor({1.0, 2.0, 3.0, -1.0}, at::kDouble).view({2, 2});
  const double at_mean = -std::log(2 * std::numbers::pi) - std::log(2.0 * 3.0);
  const at::Tensor density = log_density(one, rows);
  EXPECT_NEAR(density[0].item<double>(), at_mean, 1e-12);
  EXPECT_NEAR(density[1].item<double>(), at_mean - 1, 1e-12);
  // The same as full covariances.
  const GaussianMixture full{CovarianceType::full, one.weights, one.means,
                             at::diag_embed(one.covariances)};
  EXPECT_TRUE(at::allclose(log_density(full, rows), density, 1e-12));
  EXPECT_EQ(one.parameters(), 4);
  EXPECT_EQ(full.parameters(), 5);
  EXPECT_EQ(two_components().parameters(), 11);
}

TEST(GaussianMixture, IsSampledByItsWeightsMeansAndCovariances) {
  const GaussianMixture mixture = two_components();
  const at::Tensor samples = draw_from_mixture(mixture, 0, 40000, 3).to(at::kDouble);
  const at::Tensor first = samples.select(1, 0) < 0;
  EXPECT_NEAR(first.to(at::kDouble).mean().item<double>(), 0.25, 0.01);
  for (const int64_t k : {0, 1}) {
    const at::Tensor own =
        samples.index_select(0, (k == 0 ? first : first.logical_not()).nonzero().squeeze(1));
    EXPECT_TRUE(at::allclose(own.mean(0), mixture.means[k], 0, 0.08)) << own.mean(0);
    EXPECT_TRUE(at::allclose(own.t().cov(), mixture.covariances[k], 0.05, 0.02)) << own.t().cov();
  }
}

TEST(GaussianMixture, GivesSamplesThatDependOnTheirNumberAndTheSeedAlone) {
  const GaussianMixture mixture = two_components();
  const at::Tensor samples = draw_from_mixture(mixture, 0, 50, 3);
  EXPECT_TRUE(at::equal(draw_from_mixture(mixture, 17, 5, 3), samples.narrow(0, 17, 5)));
  EXPECT_FALSE(at::equal(draw_from_mixture(mixture, 0, 50, 4), samples));
}

TEST(GaussianMixture, DoesNotDependOnThreads) {
  const at::Tensor rows = normal_rows(9000, 12);
  const SelectedMixture one = select_gaussian_mixture(rows, {.starts = 1, .threads = 1});
  const SelectedMixture two = select_gaussian_mixture(rows, {.starts = 1, .threads = 2});
  EXPECT_TRUE(at::equal(one.fit.mixture.means, two.fit.mixture.means));
  EXPECT_TRUE(at::equal(one.fit.mixture.covariances, two.fit.mixture.covariances));
}

TEST(GaussianMixture, RefusesCovariancesThatAreNotPositiveDefinite) {
  GaussianMixture mixture = two_components();
  mixture.covariances[1][1][1] = -1;
  EXPECT_THAT([&] { draw_from_mixture(mixture, 0, 1, 1); }, fails_on_data("not positive definite"));
}

TEST(MixtureSelection, FindsTheNumberOfComponents) {
  const at::Tensor component = at::arange(1500, at::kLong).remainder(5);
  const at::Tensor rows =
      normal_rows(1500, 3) + 12 * normal_rows(5, 3, 2).index_select(0, component) + 1000;
  const SelectedMixture found = select_gaussian_mixture(rows, {});
  EXPECT_EQ(found.fit.mixture.components(), 5);
  EXPECT_EQ(found.fit.mixture.covariance_type, CovarianceType::full);
  EXPECT_TRUE(found.fit.converged);
  EXPECT_TRUE(at::allclose(found.fit.mixture.weights, at::full({5}, 0.2, at::kDouble), 0.01));
  // Two rises after the least end the search.
  ASSERT_EQ(found.candidates.size(), 6U);
  EXPECT_EQ(found.candidates.back().components, 12);
  EXPECT_EQ(found.candidates[3].bic, found.fit.bic);
  EXPECT_LT(found.fit.bic, found.candidates[4].bic);
}

TEST(MixtureSelection, OfOneGaussianIsOneComponent) {
  EXPECT_EQ(select_gaussian_mixture(normal_rows(800, 4), {}).fit.mixture.components(), 1);
}

TEST(MixtureSelection, DoesNotDependOnTheScaleOfRows) {
  const at::Tensor component = at::arange(600, at::kLong).remainder(2);
  const at::Tensor rows = normal_rows(600, 2) + 9 * component.to(at::kDouble).unsqueeze(1);
  for (const double scale : {1e-6, 1e6}) {
    const SelectedMixture found = select_gaussian_mixture(rows * scale, {});
    EXPECT_EQ(found.fit.mixture.components(), 2);
    EXPECT_NEAR(found.fit.mixture.covariances.mean().item<double>() / (scale * scale), 0.5, 0.05);
  }
}

TEST(MixtureSelection, TakesDiagonalCovariancesOfFewRowsOrManyDimensions) {
  EXPECT_EQ(covariance_type_for(20000, 64), CovarianceType::full);
  EXPECT_EQ(covariance_type_for(20000, 65), CovarianceType::diagonal);
  EXPECT_EQ(covariance_type_for(95, 16), CovarianceType::full);
  EXPECT_EQ(covariance_type_for(94, 16), CovarianceType::diagonal);
  EXPECT_EQ(select_gaussian_mixture(normal_rows(50, 16), {}).fit.mixture.covariance_type,
            CovarianceType::diagonal);
}

TEST(MixtureSelection, TakesFewerRowsOfManyDimensions) {
  EXPECT_EQ(most_mixture_rows(1), 20000);
  EXPECT_EQ(most_mixture_rows(40), 20000);
  EXPECT_EQ(most_mixture_rows(64), 8192);
  EXPECT_EQ(most_mixture_rows(65536), 32);
}

TEST(MixtureSelection, TakesFewOrEqualOrConstantRows) {
  const SelectedMixture two = select_gaussian_mixture(normal_rows(2, 3), {});
  EXPECT_EQ(two.fit.mixture.components(), 1);
  EXPECT_EQ(two.candidates.size(), 1U);
  const SelectedMixture equal = select_gaussian_mixture(at::full({400, 2}, 7, at::kDouble), {});
  EXPECT_TRUE(std::isfinite(equal.fit.bic));
  EXPECT_TRUE(at::allclose(draw_from_mixture(equal.fit.mixture, 0, 9, 1),
                           at::full({9, 2}, 7, at::kFloat), 1e-5));
  at::Tensor dead = normal_rows(400, 3);
  dead.select(1, 1).zero_();  // as of a latent that is always 0
  const SelectedMixture found = select_gaussian_mixture(dead, {});
  EXPECT_EQ(found.fit.mixture.components(), 1);
  EXPECT_LT(draw_from_mixture(found.fit.mixture, 0, 99, 1).select(1, 1).abs().max().item<float>(),
            0.01F);
}

}  // namespace
}  // namespace ae
