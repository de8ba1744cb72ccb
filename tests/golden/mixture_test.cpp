#include <ATen/Functions.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "case.h"
#include "inference/gaussian_mixture.h"

namespace ae {
namespace {

constexpr double kMixtureTolerance = 1e-6;  // relative

/// [N, width] float64
at::Tensor table_of(const Json& rows) {
  std::vector<at::Tensor> tensors;
  for (const Json& row : rows) tensors.push_back(numbers(row, at::kDouble));
  return at::stack(tensors);
}

/// One-hot responsibilities of rows that each belong to one component. [K, N]
at::Tensor one_hot(const Json& owner, int64_t components) {
  const at::Tensor index = numbers(owner, at::kLong).unsqueeze(0);
  return at::zeros({components, index.size(1)}, at::kDouble).scatter_(0, index, 1.0);
}

TEST(GaussianMixture, IsThatOfScikitLearnFromTheSameStart) {
  const Json golden = golden_file("mixture.json");
  for (const Json& expected : golden.at("fits")) {
    const at::Tensor rows = table_of(expected.at("rows"));
    SCOPED_TRACE(expected.at("covariance_type").dump() + " of " + std::to_string(rows.size(0)));
    const bool full = expected.at("covariance_type") == "full";
    const at::Tensor means = table_of(expected.at("means"));
    const MixtureOptions options{
        .covariance_type = full ? CovarianceType::full : CovarianceType::diagonal,
        .regularization = expected.at("regularization"),
        .tolerance = expected.at("tolerance"),
        .iterations = expected.at("max_iterations")};
    const at::Tensor responsibilities = one_hot(expected.at("owner"), means.size(0));
    const MixtureFit fit =
        fit_gaussian_mixture(rows, mixture_of(rows, responsibilities, options), options);
    EXPECT_EQ(fit.iterations, expected.at("iterations").get<int64_t>());
    EXPECT_EQ(fit.converged, expected.at("converged").get<bool>());
    const GaussianMixture& mixture = fit.mixture;
    EXPECT_LT(largest_difference(mixture.weights, numbers(expected.at("weights"), at::kDouble)),
              kMixtureTolerance);
    EXPECT_LT(largest_difference(mixture.means, means), kMixtureTolerance);
    EXPECT_LT(
        largest_difference(mixture.covariances.flatten(1), table_of(expected.at("covariances"))),
        kMixtureTolerance);
    const double log_likelihood = expected.at("log_likelihood");
    EXPECT_NEAR(fit.log_likelihood / log_likelihood, 1, kMixtureTolerance);
    EXPECT_NEAR(fit.bic / expected.at("bic").get<double>(), 1, kMixtureTolerance);
    EXPECT_LT(largest_difference(log_density(mixture, rows),
                                 numbers(expected.at("log_density"), at::kDouble)),
              kMixtureTolerance);
  }
}

}  // namespace
}  // namespace ae
