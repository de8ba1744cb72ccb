#include "evaluation/ranking.h"

#include <ATen/Functions.h>
#include <gtest/gtest.h>

#include <cmath>
#include <utility>
#include <vector>

#include "experiments.h"
#include "one_thread.h"

namespace ae {
namespace {

at::Tensor scores_of(const std::vector<double>& scores) { return at::tensor(scores, at::kDouble); }

at::Tensor classes_of_rows(const std::vector<int64_t>& classes) {
  return at::tensor(classes, at::kLong).to(at::kBool);
}

TEST(Ranking, IsUndefinedWithoutBothClasses) {
  EXPECT_FALSE(ranking(scores_of({1, 2}), classes_of_rows({1, 1})));
  EXPECT_FALSE(ranking(scores_of({1, 2}), classes_of_rows({0, 0})));
  EXPECT_FALSE(ranking(scores_of({1}), classes_of_rows({1})));
  EXPECT_FALSE(ranking(scores_of({}), classes_of_rows({})));
  EXPECT_FALSE(ranking_curves(scores_of({1, 2}), classes_of_rows({1, 1})));
  EXPECT_FALSE(ranking_curves(scores_of({}), classes_of_rows({})));
}

TEST(Ranking, IsPerfectWhereAllPositivesScoreHigher) {
  const auto found = ranking(scores_of({0, 3, 1, 2}), classes_of_rows({0, 1, 0, 1}));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->rows, 4);
  EXPECT_EQ(found->positives, 2);
  EXPECT_EQ(found->auroc, 1);
  EXPECT_EQ(found->average_precision, 1);
  EXPECT_EQ(found->precision_at_n, 1);
  EXPECT_EQ(found->best_f1, 1);
  EXPECT_EQ(found->best_f1_threshold, 1.5);
}

TEST(Ranking, IsWorstWhereAllPositivesScoreLower) {
  const auto found = ranking(scores_of({3, 0, 2, 1}), classes_of_rows({0, 1, 0, 1}));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->auroc, 0);
  EXPECT_DOUBLE_EQ(found->average_precision, (1.0 / 3 + 1.0 / 2) / 2);
  EXPECT_EQ(found->precision_at_n, 0);
}

TEST(Ranking, OfEqualScoresIsThatOfChance) {
  const auto found = ranking(scores_of({5, 5, 5, 5}), classes_of_rows({0, 1, 0, 0}));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->auroc, 0.5);
  EXPECT_EQ(found->average_precision, 0.25);
  EXPECT_EQ(found->precision_at_n, 0);  // no row is above the tie
  EXPECT_DOUBLE_EQ(found->best_f1, 0.4);
}

TEST(Ranking, AtNLeavesOutATieThatReachesBeyondN) {
  // The second highest of two positives ties with a negative.
  const auto found = ranking(scores_of({4, 3, 3, 1}), classes_of_rows({1, 1, 0, 0}));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->precision_at_n, 1);
  EXPECT_EQ(found->auroc, 0.875);
  // A tie within the n highest is chosen.
  EXPECT_EQ(ranking(scores_of({3, 3, 1, 0}), classes_of_rows({1, 0, 1, 0}))->precision_at_n, 0.5);
}

TEST(Ranking, DoesNotDependOnTheOrderOfRows) {
  const at::Tensor scores = scores_of({1, 2, 2, 2, 3, 3, 0});
  const at::Tensor positives = classes_of_rows({0, 1, 0, 1, 1, 0, 0});
  const auto forward = ranking(scores, positives);
  const auto backward = ranking(scores.flip(0), positives.flip(0));
  EXPECT_EQ(forward->auroc, backward->auroc);
  EXPECT_EQ(forward->average_precision, backward->average_precision);
  EXPECT_EQ(forward->precision_at_n, backward->precision_at_n);
  EXPECT_EQ(forward->best_f1_threshold, backward->best_f1_threshold);
}

TEST(RankingCurves, HaveAPointForEachDistinctScore) {
  const auto curves = ranking_curves(scores_of({4, 3, 3, 1}), classes_of_rows({1, 1, 0, 0}));
  ASSERT_TRUE(curves);
  ASSERT_EQ(curves->roc.size(), 4U);
  EXPECT_TRUE(std::isinf(curves->roc[0].threshold));
  EXPECT_EQ(curves->roc[0].precision, 1);
  EXPECT_EQ(curves->roc[2].threshold, 3);
  EXPECT_EQ(curves->roc[2].false_positive_rate, 0.5);
  EXPECT_EQ(curves->roc[2].true_positive_rate, 1);
  EXPECT_EQ(curves->precision_recall[3].precision, 0.5);
}

double area(const std::vector<RankingPoint>& roc) {
  double sum = 0;
  for (size_t i = 1; i < roc.size(); ++i) {
    sum += (roc[i].false_positive_rate - roc[i - 1].false_positive_rate) *
           (roc[i].true_positive_rate + roc[i - 1].true_positive_rate) / 2;
  }
  return sum;
}

TEST(RankingCurves, AreThinnedBetweenTheirEnds) {
  const at::Tensor noise = FirstRowsNoise(20000).normal(Purpose::sampling, 2).to(at::kDouble);
  const at::Tensor positives = noise.select(1, 0) > 1;
  const at::Tensor scores = noise.sum(1);
  const auto all = ranking_curves(scores, positives, 100000);
  const auto few = ranking_curves(scores, positives, 50);
  for (const auto& [thinned, whole] :
       {std::pair{few->roc, all->roc}, std::pair{few->precision_recall, all->precision_recall}}) {
    EXPECT_GT(whole.size(), 19000U);
    EXPECT_LE(thinned.size(), 50U);
    EXPECT_GT(thinned.size(), 20U);
    EXPECT_EQ(thinned.front().threshold, whole.front().threshold);
    EXPECT_EQ(thinned.back().threshold, whole.back().threshold);
  }
  EXPECT_NEAR(area(all->roc), ranking(scores, positives)->auroc, 1e-12);
  EXPECT_NEAR(area(few->roc), area(all->roc), 2e-3);
  EXPECT_LE(ranking_curves(scores, positives)->roc.size(), 500U);
  EXPECT_EQ(ranking_curves(scores, positives, 2)->roc.size(), 2U);
}

}  // namespace
}  // namespace ae
