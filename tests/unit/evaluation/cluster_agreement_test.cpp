#include "evaluation/cluster_agreement.h"

#include <ATen/Functions.h>
#include <gtest/gtest.h>

#include <limits>
#include <vector>

#include "one_thread.h"

namespace ae {
namespace {

ClusterAgreement agreement(const std::vector<int64_t>& a, const std::vector<int64_t>& b) {
  return cluster_agreement(at::tensor(a, at::kLong), at::tensor(b, at::kLong));
}

TEST(ClusterAgreement, IsFullWhateverTheLabelsAreCalled) {
  const int64_t most = std::numeric_limits<int64_t>::max();
  const ClusterAgreement found = agreement({0, 0, 1, 1, 2}, {most, most, -most, -most, 0});
  EXPECT_EQ(found.accuracy, 1);
  EXPECT_NEAR(found.normalized_mutual_information, 1, 1e-15);
  EXPECT_EQ(found.adjusted_rand_index, 1);
}

TEST(ClusterAgreement, CountsOneClusterForEachLabelOnly) {
  // Both clusters are mostly label 0, but one alone can stand for it.
  EXPECT_DOUBLE_EQ(agreement({0, 0, 0, 0, 1}, {5, 5, 6, 6, 6}).accuracy, 0.6);
}

TEST(ClusterAgreement, OfIndependentLabelingsIsNone) {
  const ClusterAgreement found = agreement({0, 0, 1, 1}, {0, 1, 0, 1});
  EXPECT_EQ(found.accuracy, 0.5);
  EXPECT_EQ(found.normalized_mutual_information, 0);
  EXPECT_EQ(found.adjusted_rand_index, -0.5);  // fewer pairs agree than by chance
}

TEST(ClusterAgreement, WithASingleLabel) {
  const ClusterAgreement one = agreement({0, 1, 1, 2}, {4, 4, 4, 4});
  EXPECT_EQ(one.accuracy, 0.5);
  EXPECT_EQ(one.normalized_mutual_information, 0);
  EXPECT_EQ(one.adjusted_rand_index, 0);
  for (const ClusterAgreement& both : {agreement({1, 1}, {2, 2}), agreement({7}, {9})}) {
    EXPECT_EQ(both.accuracy, 1);
    EXPECT_EQ(both.normalized_mutual_information, 1);
    EXPECT_EQ(both.adjusted_rand_index, 1);
  }
}

}  // namespace
}  // namespace ae
