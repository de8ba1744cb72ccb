#include <ATen/Functions.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "case.h"
#include "data/resident_rows.h"
#include "engine/row_loop.h"
#include "evaluation/central_intervals.h"
#include "evaluation/dictionary_match.h"
#include "evaluation/elbo.h"
#include "evaluation/frechet.h"
#include "evaluation/interpolation_roughness.h"
#include "evaluation/variance_explained.h"
#include "ppca_model.h"

namespace ae {
namespace {

constexpr double kFigureTolerance = 1e-6;  // relative

const Json& golden_generation() {
  static const Json kGolden = golden_file("generation.json");
  return kGolden;
}

/// Rows of numbers, null for a missing value.
at::Tensor rows_of_json(const Json& rows) {
  std::vector<at::Tensor> tensors;
  for (const Json& row : rows) {
    std::vector<double> values;
    for (const Json& value : row) {
      values.push_back(value.is_null() ? std::numeric_limits<double>::quiet_NaN()
                                       : value.get<double>());
    }
    tensors.push_back(at::tensor(values, at::kDouble));
  }
  return at::stack(tensors);
}

void expect_near_golden(double found, const Json& golden, const char* figure) {
  const double wanted = golden.at(figure);
  EXPECT_NEAR(found, wanted, kFigureTolerance * std::abs(wanted)) << figure;
}

TEST(FrechetDistance, IsThatOfSciPysMatrixRoot) {
  for (const Json& sets : golden_generation().at("frechet")) {
    expect_near_golden(frechet_distance(code_moments(rows_of_json(sets.at("a"))),
                                        code_moments(rows_of_json(sets.at("b")))),
                       sets, "distance");
  }
}

TEST(CentralIntervals, AreThoseOfSciPy) {
  for (const Json& golden : golden_generation().at("intervals")) {
    const double share = golden.at("share");
    expect_near_golden(normal_interval_end(share), golden, "normal");
    expect_near_golden(laplace_interval_end(share), golden, "laplace");
    const at::Tensor rates = numbers(golden.at("rates"), at::kDouble).unsqueeze(1);
    const at::Tensor counts = numbers(golden.at("counts"), at::kDouble).unsqueeze(0);
    EXPECT_TRUE(within_poisson_interval(counts, rates, share)
                    .eq(rows_of_json(golden.at("poisson")).to(at::kBool))
                    .all()
                    .item<bool>());
  }
}

TEST(PathRoughness, IsThatOfNumPy) {
  for (const Json& path : golden_generation().at("paths")) {
    const auto found = path_roughness(rows_of_json(path.at("points")));
    ASSERT_TRUE(found);
    expect_near_golden(found->length_ratio, path, "length_ratio");
    expect_near_golden(found->step_ratio, path, "step_ratio");
  }
}

TEST(DictionaryMatch, IsThatOfSaeLens) {
  for (const Json& golden : golden_generation().at("dictionaries")) {
    const DictionaryMatch found = dictionary_match(
        absolute_cosines(rows_of_json(golden.at("atoms")), rows_of_json(golden.at("directions"))));
    EXPECT_EQ(found.atoms, static_cast<int64_t>(golden.at("atoms").size()));
    EXPECT_EQ(found.directions, static_cast<int64_t>(golden.at("directions").size()));
    expect_near_golden(found.mean_correlation, golden, "mean_correlation");
    expect_near_golden(found.uniqueness, golden, "uniqueness");
  }
}

TEST(VarianceExplained, IsThatOfNumPyInBatches) {
  for (const Json& golden : golden_generation().at("variance_explained")) {
    const at::Tensor rows = rows_of_json(golden.at("rows"));
    const at::Tensor decoded = rows_of_json(golden.at("decoded"));
    VarianceExplained variance;
    for (int64_t begin = 0; begin < rows.size(0); begin += 6) {
      const int64_t count = std::min<int64_t>(6, rows.size(0) - begin);
      variance.add(rows.narrow(0, begin, count), decoded.narrow(0, begin, count));
    }
    ASSERT_TRUE(variance.value());
    expect_near_golden(*variance.value(), golden, "value");
  }
}

TEST(ElboTerms, AreThoseOfProbabilisticPca) {
  const c10::NoGradGuard no_grad;
  const Json& ppca = golden_generation().at("ppca");
  const auto model = ppca_model(ppca);
  // Copies of the rows have draws of their own, so that the distortion's error falls.
  constexpr int64_t kCopies = 400;
  const at::Tensor rows = rows_of_json(ppca.at("rows")).to(at::kFloat).repeat({kCopies, 1});
  const RowSet set = row_set(rows);
  const ResidentRows source(*set.data, {}, at::kCPU);
  const RowNoise noise({.seed = 1, .epoch = kEvaluationEpoch}, set.rows, at::kCPU);
  const Batch batch(source, set.rows, noise, {}, at::kDouble);
  const Posterior posterior = model->encode(batch.input());
  const ElboTerms terms = elbo_terms(*model, batch, posterior);
  expect_near_golden(terms.rate.mean().item<double>(), ppca, "rate");
  const double error = terms.distortion.std().item<double>() /
                       std::sqrt(static_cast<double>(terms.distortion.numel()));
  EXPECT_LT(error, 0.02);
  EXPECT_NEAR(terms.distortion.mean().item<double>(), ppca.at("distortion").get<double>(),
              4 * error);
}

}  // namespace
}  // namespace ae
