#include <ATen/Functions.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include "case.h"
#include "evaluation/assignment.h"
#include "evaluation/cluster_agreement.h"
#include "evaluation/embedding_quality.h"
#include "evaluation/intrinsic_dimension.h"
#include "evaluation/k_means.h"
#include "evaluation/mutual_information_gap.h"
#include "evaluation/posterior_match.h"
#include "evaluation/silhouette.h"
#include "one_thread.h"

namespace ae {
namespace {

constexpr double kRelative = 1e-9;  // sums in another order; what is stated is 1e-6

const Json& golden_latent(const char* name) {
  static const Json kGolden = golden_file("latent_figures.json");
  return kGolden.at(name);
}

at::Tensor latent_matrix(const Json& rows, at::ScalarType type = at::kDouble) {
  std::vector<at::Tensor> tensors;
  for (const Json& row : rows) tensors.push_back(numbers(row, type));
  return at::stack(tensors);
}

double latent_number(const Json& object, const char* name) { return object.at(name).get<double>(); }

void expect_close(double found, double wanted, double relative = kRelative) {
  EXPECT_NEAR(found, wanted, relative * std::abs(wanted) + 1e-14);
}

TEST(LatentFigures, AssignmentsAreThoseOfSciPy) {
  for (const Json& expected : golden_latent("assignments")) {
    const at::Tensor costs = latent_matrix(expected.at("costs"));
    SCOPED_TRACE(costs.numel());
    const Assignment found = best_assignment(costs);
    EXPECT_EQ(found.columns, expected.at("columns").get<std::vector<int64_t>>());
    expect_close(found.cost, latent_number(expected, "cost"));
  }
}

TEST(LatentFigures, AgreementIsThatOfScikitLearn) {
  int64_t number = 0;
  for (const Json& expected : golden_latent("labelings")) {
    SCOPED_TRACE(number++);
    const at::Tensor a = numbers(expected.at("a"), at::kLong);
    const at::Tensor b = numbers(expected.at("b"), at::kLong);
    for (const ClusterAgreement& found : {cluster_agreement(a, b), cluster_agreement(b, a)}) {
      expect_close(found.accuracy, latent_number(expected, "accuracy"));
      expect_close(found.normalized_mutual_information, latent_number(expected, "nmi"));
      expect_close(found.adjusted_rand_index, latent_number(expected, "ari"));
    }
  }
}

/// A number of each pair, as make_latent_figures_golden.py has it. @param a, b  broadcastable int64
at::Tensor pair_number(const at::Tensor& a, const at::Tensor& b) {
  const at::Tensor mixed = 31 * a * a + 17 * b * b + 5 * a * b + 3 * a + 11 * b + 7;
  return (mixed.remainder(4099) - 2049).to(at::kDouble) / 2048;
}

/// Data, codes and labels of a case, from its lists or by its formula.
struct LatentSpace {
  explicit LatentSpace(const Json& expected) {
    if (!expected.contains("formula")) {
      data = latent_matrix(expected.at("data"));
      codes = latent_matrix(expected.at("codes"));
      labels = numbers(expected.at("labels"), at::kLong);
      return;
    }
    const Json& of = expected.at("formula");
    const at::Tensor i = at::arange(of.at("rows").get<int64_t>(), at::kLong).unsqueeze(1);
    const at::Tensor j = at::arange(of.at("features").get<int64_t>(), at::kLong).unsqueeze(0);
    const auto width = of.at("codes").get<int64_t>();
    data = pair_number((i * i).remainder(3001), j + 10) + pair_number(i, j + 100) / 1024;
    codes = data.narrow(1, 0, width) + pair_number(i + 5000, j.narrow(1, 0, width) + 300) / 4;
    labels = (7 * i + i.floor_divide(11)).remainder(of.at("clusters").get<int64_t>()).squeeze(1);
  }

  at::Tensor data;    // [N, D]
  at::Tensor codes;   // [N, Z]
  at::Tensor labels;  // [N]
};

/// Checks a figure of every space, with one thread and with two.
template <class Check>
void for_each_space(const Check& check) {
  for (const Json& expected : golden_latent("spaces")) {
    const LatentSpace space(expected);
    for (const int threads : {1, 2}) {
      SCOPED_TRACE(testing::Message() << space.codes.size(0) << " rows, threads: " << threads);
      check(expected, space, threads);
    }
  }
}

TEST(LatentFigures, SilhouetteIsThatOfScikitLearn) {
  for_each_space([](const Json& expected, const LatentSpace& space, int threads) {
    const auto found = mean_silhouette(space.codes, space.labels, threads);
    ASSERT_TRUE(found.has_value());
    expect_close(*found, latent_number(expected, "silhouette"));
  });
}

TEST(LatentFigures, TrustworthinessAndContinuityAreThoseOfScikitLearn) {
  for_each_space([](const Json& expected, const LatentSpace& space, int threads) {
    const auto n = expected.at("distinct").get<int64_t>();
    for (const Json& quality : expected.at("quality")) {
      const auto k = quality.at("k").get<int64_t>();
      SCOPED_TRACE(k);
      const auto found =
          embedding_quality(space.data.narrow(0, 0, n), space.codes.narrow(0, 0, n), k, threads);
      ASSERT_TRUE(found.has_value());
      expect_close(found->trustworthiness, latent_number(quality, "trustworthiness"));
      expect_close(found->continuity, latent_number(quality, "continuity"));
    }
  });
}

TEST(LatentFigures, IntrinsicDimensionIsThatOfScikitDimension) {
  for_each_space([](const Json& expected, const LatentSpace& space, int threads) {
    const auto found = intrinsic_dimension(space.codes, threads);
    ASSERT_TRUE(found.has_value());
    const auto duplicates = expected.at("duplicates").get<int64_t>();
    EXPECT_EQ(found->duplicates, duplicates);
    EXPECT_EQ(found->rows, space.codes.size(0) - duplicates);
    expect_close(found->maximum_likelihood, latent_number(expected.at("two_nn"), "mle"));
    expect_close(found->linear_fit, latent_number(expected.at("two_nn"), "linear"));
  });
}

TEST(LatentFigures, MomentsAndDiscrepancyAreThoseOfNumPy) {
  for_each_space([](const Json& expected, const LatentSpace& space, int threads) {
    const CodeMoments moments = code_moments(space.codes);
    EXPECT_LT(largest_difference(moments.mean, numbers(expected.at("mean"), at::kDouble)), 1e-14);
    EXPECT_LT(largest_difference(moments.covariance, latent_matrix(expected.at("covariance"))),
              1e-14);
    const auto correlation = gaussian_total_correlation(moments.covariance);
    ASSERT_TRUE(correlation.has_value());
    expect_close(*correlation, latent_number(expected, "total_correlation"));
    const Json& mmd = expected.at("mmd");
    const auto first = mmd.at("first").get<int64_t>();
    const auto found =
        kernel_discrepancy(space.codes.narrow(0, 0, first),
                           space.codes.narrow(0, first, space.codes.size(0) - first), threads);
    ASSERT_TRUE(found.has_value());
    expect_close(found->squared, latent_number(mmd, "squared"));
    expect_close(found->bandwidth, latent_number(mmd, "bandwidth"));
  });
}

TEST(LatentFigures, LloydsIterationsAreThoseOfScikitLearn) {
  for (const Json& expected : golden_latent("k_means")) {
    const at::Tensor start = latent_matrix(expected.at("start"));
    SCOPED_TRACE(start.size(0));
    const KMeans found = k_means_from(latent_matrix(expected.at("rows")), start,
                                      {.iterations = expected.at("most").get<int64_t>()});
    EXPECT_LT(largest_difference(found.centres, latent_matrix(expected.at("centres"))), 1e-12);
    EXPECT_TRUE(at::equal(found.classes, numbers(expected.at("classes"), at::kLong)));
    expect_close(found.inertia, latent_number(expected, "inertia"));
    EXPECT_EQ(found.iterations, expected.at("iterations").get<int64_t>());
  }
}

TEST(LatentFigures, KMeansFindsTheLeastInertiaThatScikitLearnFinds) {
  for (const Json& expected : golden_latent("k_means")) {
    const auto clusters = static_cast<int64_t>(expected.at("start").size());
    SCOPED_TRACE(clusters);
    const KMeans found = k_means(latent_matrix(expected.at("rows")),
                                 {.clusters = clusters, .starts = 300, .tolerance = 0, .seed = 3});
    expect_close(found.inertia, latent_number(expected, "least"));
  }
}

TEST(LatentFigures, MutualInformationGapIsThatOfDisentanglementLib) {
  const Json& expected = golden_latent("mutual_information");
  const auto found = mutual_information_gap(latent_matrix(expected.at("codes")),
                                            latent_matrix(expected.at("factors"), at::kLong));
  ASSERT_TRUE(found.has_value());
  EXPECT_LT(largest_difference(found->information, latent_matrix(expected.at("information"))),
            1e-13);
  expect_close(found->mean, latent_number(expected, "mig"));
  const auto gaps = expected.at("gaps").get<std::vector<double>>();
  ASSERT_EQ(found->factors.size(), gaps.size() + 1);
  for (size_t f = 0; f < gaps.size(); ++f) expect_close(found->factors[f].value_or(-1), gaps[f]);
  EXPECT_FALSE(found->factors.back().has_value());  // the last factor is constant
}

}  // namespace
}  // namespace ae
