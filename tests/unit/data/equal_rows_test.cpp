#include "data/equal_rows.h"

#include <ATen/ops/tensor.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ae {
namespace {

using testing::IsEmpty;
using Counts = std::vector<std::pair<std::string, int64_t>>;

std::shared_ptr<Dataset> dataset_of(const std::vector<float>& values) {
  auto data = std::make_shared<Dataset>();
  data->rows = at::tensor(values).view({-1, 2});
  return data;
}

TEST(EqualRows, AreCountedWithinAndBetweenSplits) {
  const auto data = dataset_of({1, 2, 3, 4, 1, 2, 1, 2, 5, 6});
  Splits splits;
  splits.train = {data, {0, 1, 2}};
  splits.validation = RowSet{data, {3, 4}};
  splits.test = RowSet{dataset_of({3, 4, 1, 2, 7, 8}), {0, 1, 2}};
  const EqualRows found = find_equal_rows(splits);
  EXPECT_EQ(found.repeated, 1);
  ASSERT_EQ(found.shared.size(), 2);
  EXPECT_EQ(found.shared[0].rows, 1);
  EXPECT_EQ(found.shared[0].of, 2);
  EXPECT_EQ(found.shared[1].split, "test");
  EXPECT_EQ(found.shared[1].rows, 2);
}

TEST(LabelCounts, BeginWithTheMostFrequent) {
  EXPECT_THAT(label_counts({}, std::vector<int64_t>{0, 1, 2}), IsEmpty());
  Labels labels{{1, 0, 1}, {}};
  EXPECT_EQ(label_counts(labels, std::vector<int64_t>{0, 1, 2}), (Counts{{"1", 2}, {"0", 1}}));
  labels.names = {"cat", "dog"};
  EXPECT_EQ(label_counts(labels, std::vector<int64_t>{0, 1}), (Counts{{"cat", 1}, {"dog", 1}}));
}

}  // namespace
}  // namespace ae
