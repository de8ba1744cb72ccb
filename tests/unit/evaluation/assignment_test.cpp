#include "evaluation/assignment.h"

#include <ATen/Functions.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <numeric>
#include <vector>

#include "experiments.h"
#include "one_thread.h"

namespace ae {
namespace {

/// Least cost over all permutations of the columns; no more rows than columns.
double least_cost_of_all(const at::Tensor& costs) {
  std::vector<int64_t> columns(static_cast<size_t>(costs.size(1)));
  std::iota(columns.begin(), columns.end(), 0);
  double least = std::numeric_limits<double>::infinity();
  do {
    double cost = 0;
    for (int64_t i = 0; i < costs.size(0); ++i) {
      cost += costs[i][columns[static_cast<size_t>(i)]].item<double>();
    }
    least = std::min(least, cost);
  } while (std::next_permutation(columns.begin(), columns.end()));
  return least;
}

/// Cost of the matching, which has to be one-to-one and as large as possible.
double checked_cost(const at::Tensor& costs, const Assignment& found) {
  std::vector<int64_t> times(static_cast<size_t>(costs.size(1)), 0);
  double cost = 0;
  int64_t pairs = 0;
  for (size_t i = 0; i < found.columns.size(); ++i) {
    if (found.columns[i] < 0) continue;
    ++pairs;
    EXPECT_EQ(++times[static_cast<size_t>(found.columns[i])], 1);
    cost += costs[static_cast<int64_t>(i)][found.columns[i]].item<double>();
  }
  EXPECT_EQ(pairs, std::min(costs.size(0), costs.size(1)));
  return cost;
}

TEST(Assignment, HasTheLeastCostOfAllMatchings) {
  for (const auto& [n, m] : {std::pair{5, 5}, std::pair{3, 6}, std::pair{6, 4}, std::pair{1, 7}}) {
    for (uint64_t seed = 1; seed <= 5; ++seed) {
      SCOPED_TRACE(testing::Message() << n << " × " << m << ", seed " << seed);
      // Few distinct integers: many ties.
      const at::Tensor costs =
          (FirstRowsNoise(n, seed).normal(Purpose::sampling, m) * 2).round().to(at::kDouble);
      const Assignment found = best_assignment(costs);
      ASSERT_EQ(found.columns.size(), static_cast<size_t>(n));
      EXPECT_EQ(found.cost, least_cost_of_all(n <= m ? costs : costs.t()));
      EXPECT_EQ(checked_cost(costs, found), found.cost);
    }
  }
}

TEST(Assignment, OfEqualCostsMatchesAllRows) {
  const at::Tensor costs = at::full({4, 4}, 2.5, at::kDouble);
  EXPECT_EQ(checked_cost(costs, best_assignment(costs)), 10);
}

TEST(Assignment, OfNothingIsEmpty) {
  EXPECT_TRUE(best_assignment(at::zeros({0, 3}, at::kDouble)).columns.empty());
  const Assignment none = best_assignment(at::zeros({3, 0}, at::kDouble));
  EXPECT_EQ(none.columns, (std::vector<int64_t>{-1, -1, -1}));
  EXPECT_EQ(none.cost, 0);
}

}  // namespace
}  // namespace ae
