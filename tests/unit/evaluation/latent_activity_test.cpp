#include "evaluation/latent_activity.h"

#include <ATen/Functions.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ae {
namespace {

using testing::ElementsAre;

/// Codes of four rows by four latents, the last of which is dead, in two batches.
LatentActivity small_activity(int64_t kept = 2) {
  LatentActivity activity(4, kept);
  activity.add(at::tensor({1.F, 0.F, -3.F, 0.F, 2.F, 0.F, 0.F, 0.F}).view({2, 4}),
               std::vector<int64_t>{10, 11});
  activity.add(at::tensor({2.F, 4.F, 1.F, 0.F, 3.F, 0.F, 2.F, 0.F}).view({2, 4}),
               std::vector<int64_t>{20, 21});
  return activity;
}

TEST(LatentActivity, CountsCodesThatAreNotZero) {
  const LatentActivity activity = small_activity();
  EXPECT_THAT(activity.active_in_row(), ElementsAre(2, 1, 3, 2));
  EXPECT_THAT(activity.density(), ElementsAre(1, 0.25, 0.75, 0));
  EXPECT_THAT(activity.mean_when_active(), ElementsAre(2, 4, 0, 0));
  EXPECT_THAT(activity.mean_magnitude(), ElementsAre(2, 1, 1.5, 0));
  EXPECT_THAT(activity.largest(), ElementsAre(3, 4, 3, 0));
}

std::vector<int64_t> rows_exciting(const LatentActivity& activity, int64_t latent) {
  std::vector<int64_t> rows;
  for (const auto& each : activity.exciting(latent)) rows.push_back(each.row);
  return rows;
}

TEST(LatentActivity, KeepsTheRowsThatExciteALatentMost) {
  const LatentActivity activity = small_activity();
  EXPECT_THAT(rows_exciting(activity, 0), ElementsAre(21, 11));  // the earlier one of equals
  EXPECT_THAT(rows_exciting(activity, 1), ElementsAre(20));
  EXPECT_THAT(rows_exciting(activity, 2), ElementsAre(10, 21));  // by magnitude
  EXPECT_EQ(activity.exciting(2).front().activation, -3);
  EXPECT_TRUE(activity.exciting(3).empty());
  EXPECT_THAT(rows_exciting(small_activity(9), 0), ElementsAre(21, 11, 20, 10));
  LatentActivity equal(1, 1);
  equal.add(at::ones({3, 1}), std::vector<int64_t>{5, 6, 7});
  EXPECT_THAT(rows_exciting(equal, 0), ElementsAre(5));
}

TEST(LatentActivity, SpreadsLatentsOverTheRanking) {
  const std::vector<double> activity = {0.1, 0, 0.4, 0.3, 0.2, 0, 0.5};
  EXPECT_THAT(spread_by_activity(activity, 2), ElementsAre(6, 3));
  EXPECT_THAT(spread_by_activity(activity, 24), ElementsAre(6, 2, 3, 4, 0));
  EXPECT_THAT(spread_by_activity({0.5, 0.5, 0.5}, 3), ElementsAre(0, 1, 2));
  EXPECT_TRUE(spread_by_activity({0, 0}, 3).empty());
}

}  // namespace
}  // namespace ae
