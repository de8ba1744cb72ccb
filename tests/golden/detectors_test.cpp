#include <ATen/Functions.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "case.h"
#include "evaluation/detector.h"
#include "evaluation/ecod.h"
#include "evaluation/isolation_forest.h"
#include "evaluation/knn_detector.h"
#include "evaluation/ranking.h"
#include "one_thread.h"

namespace ae {
namespace {

const Json& golden_detectors() {
  static const Json kGolden = golden_file("detectors.json");
  return kGolden;
}

at::Tensor table_of_json(const Json& rows, at::ScalarType type = at::kDouble) {
  std::vector<at::Tensor> tensors;
  for (const Json& row : rows) tensors.push_back(numbers(row, type));
  return at::stack(tensors);
}

at::Tensor scores_of_json(const Json& list) { return numbers(list, at::kDouble); }

struct GoldenRanking {
  explicit GoldenRanking(const Json& all)
      : expected(all),
        scores(scores_of_json(all.at("scores"))),
        positives(numbers(all.at("positives"), at::kBool)) {}

  double figure(const char* name) const { return expected.at(name).get<double>(); }

  const Json& expected;
  at::Tensor scores;
  at::Tensor positives;
};

TEST(Rankings, HaveTheFiguresOfScikitLearnAndPyod) {
  for (const Json& expected : golden_detectors().at("rankings")) {
    const GoldenRanking golden(expected);
    SCOPED_TRACE(golden.scores.size(0));
    const auto found = ranking(golden.scores, golden.positives);
    ASSERT_TRUE(found);
    EXPECT_NEAR(found->auroc, golden.figure("auroc"), 1e-12);
    EXPECT_NEAR(found->average_precision, golden.figure("average_precision"), 1e-12);
    EXPECT_NEAR(found->precision_at_n, golden.figure("precision_at_n"), 1e-12);
    EXPECT_NEAR(found->best_f1, golden.figure("best_f1"), 1e-12);
  }
}

TEST(Rankings, HaveTheCurvesOfScikitLearn) {
  for (const Json& expected : golden_detectors().at("rankings")) {
    const GoldenRanking golden(expected);
    SCOPED_TRACE(golden.scores.size(0));
    const auto curves = ranking_curves(golden.scores, golden.positives);
    ASSERT_TRUE(curves);
    const auto false_rates = expected.at("false_positive_rate").get<std::vector<double>>();
    const auto true_rates = expected.at("true_positive_rate").get<std::vector<double>>();
    ASSERT_EQ(curves->roc.size(), false_rates.size());
    for (size_t i = 0; i < false_rates.size(); ++i) {
      EXPECT_NEAR(curves->roc[i].false_positive_rate, false_rates[i], 1e-12);
      EXPECT_NEAR(curves->roc[i].true_positive_rate, true_rates[i], 1e-12);
    }
    const auto recalls = expected.at("recall").get<std::vector<double>>();
    const auto precisions = expected.at("precision").get<std::vector<double>>();
    ASSERT_EQ(curves->precision_recall.size(), recalls.size());
    for (size_t i = 0; i < recalls.size(); ++i) {
      EXPECT_NEAR(curves->precision_recall[i].true_positive_rate, recalls[i], 1e-12);
      EXPECT_NEAR(curves->precision_recall[i].precision, precisions[i], 1e-12);
    }
  }
}

class TableDetectors : public testing::TestWithParam<at::ScalarType> {
 protected:
  static void expect_scores(const Detector& detector, const Json& table, const char* name) {
    SCOPED_TRACE(name);
    const Json& expected = table.at(name);
    const at::Tensor queries = table_of_json(table.at("queries"), GetParam());
    EXPECT_LT(
        largest_difference(detector.score_training_rows(1), scores_of_json(expected.at("fitted"))),
        1e-11);
    EXPECT_LT(
        largest_difference(detector.score(queries, 1), scores_of_json(expected.at("queries"))),
        1e-11);
  }
};

TEST_P(TableDetectors, HaveTheScoresOfPyodAndScikitLearn) {
  for (const Json& table : golden_detectors().at("tables")) {
    const at::Tensor rows = table_of_json(table.at("rows"), GetParam());
    SCOPED_TRACE(rows.size(0));
    expect_scores(KnnDetector(rows, 5), table, "knn");
    expect_scores(Ecod(rows), table, "ecod");
    const auto components = table.at("pca").at("components").get<int64_t>();
    for (const DetectorKind& kind : detectors()) {
      if (std::string(kind.name) != "pca") continue;
      expect_scores(*kind.fit(rows, {.components = components}), table, "pca");
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Types, TableDetectors, testing::Values(at::kDouble, at::kFloat),
                         [](const auto& test) {
                           return test.param == at::kDouble ? "double" : "float";
                         });

/// Draws differ, so that means over seeds are compared, within five of their standard errors.
TEST(IsolationForests, HaveTheScoresOfScikitLearnOnAverage) {
  const Json& golden = golden_detectors().at("forest");
  const at::Tensor rows = table_of_json(golden.at("rows"));
  const at::Tensor queries = table_of_json(golden.at("queries"));
  constexpr int64_t kSeeds = 40;
  std::vector<at::Tensor> scores;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    scores.push_back(IsolationForest(rows, {.seed = seed}).score(queries, 1));
  }
  const at::Tensor all = at::stack(scores);  // [seeds, M]
  const at::Tensor deviation = scores_of_json(golden.at("deviation"));
  const double error = std::sqrt(1.0 / kSeeds + 1 / golden.at("seeds").get<double>());
  const at::Tensor off = (all.mean(0) - scores_of_json(golden.at("mean"))).abs();
  EXPECT_LT((off / deviation).max().item<double>(), 5 * error);
  const at::Tensor spread = all.std(0) / deviation;
  EXPECT_GT(spread.min().item<double>(), 0.6);
  EXPECT_LT(spread.max().item<double>(), 1.6);
}

}  // namespace
}  // namespace ae
