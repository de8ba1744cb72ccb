#include <ATen/Functions.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "evaluation/detector.h"
#include "evaluation/ecod.h"
#include "evaluation/isolation_forest.h"
#include "evaluation/knn_detector.h"
#include "experiments.h"
#include "one_thread.h"

namespace ae {
namespace {

at::Tensor gaussian_table(int64_t rows, int64_t width, uint64_t seed = 1) {
  return FirstRowsNoise(rows, seed).normal(Purpose::sampling, width).to(at::kDouble);
}

at::Tensor line_of(const std::vector<double>& places) {
  return at::tensor(places, at::kDouble).unsqueeze(1);
}

class EveryDetector : public testing::TestWithParam<DetectorKind> {};

TEST_P(EveryDetector, ScoresFarRowsHigher) {
  const at::Tensor rows = gaussian_table(600, 4);
  const at::Tensor far = gaussian_table(20, 4, 2) + 8;
  const auto detector = GetParam().fit(rows, {});
  const at::Tensor near = detector->score(gaussian_table(200, 4, 3), 1);
  EXPECT_EQ(near.scalar_type(), at::kDouble);
  EXPECT_EQ(near.sizes(), at::IntArrayRef({200}));
  EXPECT_GT(detector->score(far, 1).mean().item<double>(), near.max().item<double>());
  EXPECT_EQ(detector->score_training_rows(1).sizes(), at::IntArrayRef({600}));
}

TEST_P(EveryDetector, HasScoresThatDependOnSeedAndRowsAlone) {
  const at::Tensor rows = gaussian_table(5000, 60);
  const auto detector = GetParam().fit(rows, {.seed = 3});
  const at::Tensor scores = detector->score(rows, 1);
  EXPECT_TRUE(at::equal(detector->score(rows, 3), scores));
  EXPECT_TRUE(at::equal(GetParam().fit(rows, {.seed = 3})->score(rows, 2), scores));
  EXPECT_TRUE(at::equal(detector->score_training_rows(1), detector->score_training_rows(3)));
}

TEST_P(EveryDetector, TakesFloat32AndRowsThatAreNotContiguous) {
  const at::Tensor rows = (gaussian_table(300, 6) * 64).round();
  const at::Tensor queries = (gaussian_table(30, 6, 2) * 64).round();
  const at::Tensor expected = GetParam().fit(rows, {})->score(queries, 1);
  const at::Tensor by_columns = rows.t().contiguous().t();
  for (const at::Tensor& same : {rows.to(at::kFloat), by_columns}) {
    const at::Tensor found = GetParam().fit(same, {})->score(queries.to(same.scalar_type()), 1);
    EXPECT_TRUE(at::allclose(found, expected, 1e-9, 1e-9));
  }
}

TEST_P(EveryDetector, IsFiniteForConstantAndFewRows) {
  for (const auto& rows : {at::ones({20, 3}, at::kDouble), at::zeros({2, 1}, at::kDouble),
                           gaussian_table(2, 5), gaussian_table(3, 1)}) {
    const auto detector = GetParam().fit(rows, {.components = 50});
    EXPECT_TRUE(at::isfinite(detector->score_training_rows(1)).all().item<bool>());
    EXPECT_TRUE(at::isfinite(detector->score(rows.narrow(0, 0, 1) + 1, 1)).all().item<bool>());
    EXPECT_EQ(detector->score(rows.narrow(0, 0, 0), 1).size(0), 0);
  }
}

INSTANTIATE_TEST_SUITE_P(Table, EveryDetector, testing::ValuesIn(detectors()),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(Detectors, HaveDistinctNames) {
  std::set<std::string> names;
  for (const DetectorKind& kind : detectors()) EXPECT_TRUE(names.insert(kind.name).second);
}

/// Reference: every distance, summed over the features.
at::Tensor kth_distances(const at::Tensor& rows, const at::Tensor& queries, int64_t k) {
  const at::Tensor distances =
      (queries.unsqueeze(1) - rows.unsqueeze(0)).square().sum(2).sqrt();  // [Q, N]
  return std::get<0>(distances.sort(1)).select(1, k - 1);
}

TEST(KnnDetector, IsTheKthDistance) {
  const at::Tensor line = line_of({0, 1, 3, 7});
  EXPECT_TRUE(at::equal(KnnDetector(line, 2).score(line_of({0, 10}), 1),
                        at::tensor({1.0, 7.0}, at::kDouble)));
  EXPECT_TRUE(
      at::equal(KnnDetector(line, 4).score(line_of({0}), 1), at::tensor({7.0}, at::kDouble)));
  // No row is its own neighbour.
  EXPECT_TRUE(at::equal(KnnDetector(line, 2).score_training_rows(1),
                        at::tensor({3.0, 2.0, 3.0, 6.0}, at::kDouble)));
  EXPECT_TRUE(at::equal(KnnDetector(line, 3).score_training_rows(1),
                        at::tensor({7.0, 6.0, 4.0, 7.0}, at::kDouble)));
}

TEST(KnnDetector, CountsEqualRowsAsNeighbours) {
  const KnnDetector repeated(line_of({2, 2, 2, 5}), 2);
  EXPECT_TRUE(
      at::equal(repeated.score_training_rows(1), at::tensor({0.0, 0.0, 0.0, 3.0}, at::kDouble)));
}

TEST(KnnDetector, IsExactBesideRowsThatAreFarAway) {
  // Squared norms of 1e16, in which the differences of near rows are below the rounding.
  at::Tensor rows = gaussian_table(500, 3) * 1e-3 + 1e8;
  rows.narrow(0, 0, 5).mul_(-1);
  const at::Tensor queries = gaussian_table(40, 3, 2) * 1e-3 + 1e8;
  const at::Tensor found = KnnDetector(rows, 5).score(queries, 1);
  EXPECT_TRUE(at::allclose(found, kth_distances(rows, queries, 5), 1e-12, 0));
}

TEST(KnnDetector, DoesNotDependOnPortions) {
  const at::Tensor rows = gaussian_table(9000, 3);  // blocks of 233 queries
  const at::Tensor queries = gaussian_table(300, 3, 2);
  const at::Tensor found = KnnDetector(rows, 5).score(queries, 1);
  EXPECT_TRUE(at::allclose(found, kth_distances(rows, queries, 5), 1e-12, 0));
  const at::Tensor own = KnnDetector(rows, 5).score_training_rows(1).narrow(0, 200, 100);
  EXPECT_TRUE(at::allclose(own, kth_distances(rows, rows.narrow(0, 200, 100), 6), 1e-12, 0));
}

TEST(Ecod, SumsLogarithmsOfTailProbabilities) {
  // Skewed to the right: shares at or below are 1/4, 1/2, 3/4, 1; at or above 1, 3/4, 1/2, 1/4.
  const at::Tensor skewed = line_of({0, 1, 2, 10});
  const at::Tensor one_column = Ecod(skewed).score_training_rows(1);
  const double four = std::log(4);
  const double two = std::log(2);
  EXPECT_TRUE(at::allclose(one_column, at::tensor({four, two, two, four}, at::kDouble)));
  const at::Tensor twice = at::cat({skewed, -skewed}, 1);
  EXPECT_TRUE(at::allclose(Ecod(twice).score_training_rows(1), 2 * one_column));
}

TEST(Ecod, AddsBothTailsOfSymmetricColumns) {
  const at::Tensor scores = Ecod(line_of({-3, -1, 1, 3})).score_training_rows(1);
  const double inner = std::log(2) + std::log(4.0 / 3);
  EXPECT_TRUE(
      at::allclose(scores, at::tensor({std::log(4), inner, inner, std::log(4)}, at::kDouble)));
}

TEST(Ecod, OfNewRowsCountsThemToo) {
  const at::Tensor rows = line_of({0, 1, 2, 10});
  const at::Tensor queries = line_of({20, 0});
  const at::Tensor together = at::cat({rows, queries});
  EXPECT_TRUE(at::equal(Ecod(rows).score(queries, 1),
                        Ecod(together).score_training_rows(1).narrow(0, 4, 2)));
}

TEST(IsolationForest, SplitsWhereRowsDifferAlone) {
  // Two rows are isolated by one split: depth 1, which is also c(2), and so 2^-1.
  const at::Tensor two = at::cat({line_of({1, 2}), at::full({2, 7}, 5.0, at::kDouble)}, 1);
  const at::Tensor scores = IsolationForest(two, {}).score_training_rows(1);
  EXPECT_TRUE(at::equal(scores, at::full({2}, 0.5, at::kDouble)));
  EXPECT_TRUE(at::equal(IsolationForest(line_of({4}), {}).score(line_of({4, 9}), 1),
                        at::full({2}, 0.5, at::kDouble)));
}

TEST(IsolationForest, EndsAtTheLimitOfDepth) {
  // 256 distinct rows: a leaf at depth 8 or above, and c(m) more for its m rows. The mean depth of
  // all rows is about c(256) by definition, and so the mean score about 1/2.
  const at::Tensor rows = gaussian_table(256, 1);
  const double mean = IsolationForest(rows, {}).score_training_rows(1).mean().item<double>();
  EXPECT_NEAR(mean, 0.5, 0.05);
}

TEST(IsolationForest, DiffersBySeed) {
  const at::Tensor rows = gaussian_table(1000, 3);
  const at::Tensor a = IsolationForest(rows, {.seed = 1}).score_training_rows(1);
  const at::Tensor b = IsolationForest(rows, {.seed = 2}).score_training_rows(1);
  EXPECT_FALSE(at::equal(a, b));
  EXPECT_LT((a - b).abs().mean().item<double>(), 0.02);
}

}  // namespace
}  // namespace ae
