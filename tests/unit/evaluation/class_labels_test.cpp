#include "evaluation/class_labels.h"

#include <ATen/Functions.h>
#include <gmock/gmock.h>

#include "error_matchers.h"
#include "experiments.h"

namespace ae {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

RowSet labelled(const char* path, Labels labels) {
  auto data = std::make_shared<Dataset>();
  data->path = path;
  const auto count = static_cast<int64_t>(labels.values.size());
  data->rows = at::zeros({count, 2});
  data->labels = std::move(labels);
  return {std::move(data), first_rows(count)};
}

EvaluationData evaluation_data(const Labels& train, const Labels& rows,
                               const std::string& name = "test") {
  EvaluationData data{{}, labelled("rows.csv", rows), name};
  data.splits.train = labelled("train.csv", train);
  return data;
}

auto reading(const Labels& train, const Labels& rows, const std::string& name = "test") {
  return [=] { class_labels(evaluation_data(train, rows, name)); };
}

const Labels kGood{{0, 0, 1, 1}, {}};

TEST(ClassLabels, CountTheTrainingRowsDistinctLabels) {
  const ClassLabels labels =
      class_labels(evaluation_data({{30, -2, 30, 7, -2, 7}, {}}, {{7, 30, 5, -2, 5, 99}, {}}));
  EXPECT_EQ(labels.count(), 3);
  EXPECT_THAT(labels.names, ElementsAre("-2", "7", "30"));
  EXPECT_THAT(labels.train, ElementsAre(2, 0, 2, 1, 0, 1));
  EXPECT_THAT(labels.rows, ElementsAre(1, 2, -1, 0, -1, -1));
  EXPECT_THAT(labels.unseen, ElementsAre("5", "99"));
  EXPECT_EQ(labels.unseen_rows(), 3);
}

TEST(ClassLabels, AreNamedByTheirTexts) {
  const ClassLabels labels = class_labels(
      evaluation_data({{0, 1, 0, 1}, {"cat", "dog"}}, {{1, 2, 0}, {"cat", "dog", "newt"}}));
  EXPECT_THAT(labels.names, ElementsAre("cat", "dog"));
  EXPECT_THAT(labels.rows, ElementsAre(1, -1, 0));
  EXPECT_THAT(labels.unseen, ElementsAre("newt"));
  EXPECT_THAT(class_labels(evaluation_data(kGood, kGood)).unseen, IsEmpty());
}

TEST(ClassLabels, OfRowsAloneCount) {
  EvaluationData data = evaluation_data({{0, 0, 1, 1, 8}, {}}, kGood);
  data.splits.train.rows = {3, 0, 1, 2};  // the fifth is in another split
  const ClassLabels labels = class_labels(data);
  EXPECT_EQ(labels.count(), 2);
  EXPECT_THAT(labels.train, ElementsAre(1, 0, 0, 1));
}

TEST(ClassLabels, MustBeThere) {
  EXPECT_THAT(reading({}, kGood),
              fails_on_data("train.csv", "--train-labels", "data.train.labels"));
  EXPECT_THAT(reading(kGood, {}), fails_on_data("rows.csv", "--labels", "data.test.labels"));
  EXPECT_THAT(reading(kGood, {}, "given"), fails_on_data("rows.csv: the given rows", "--labels"));
}

TEST(ClassLabels, MustBeOfOneKind) {
  EXPECT_THAT(reading({{0, 1, 0, 1}, {"cat", "dog"}}, kGood),
              fails_on_data("rows.csv: labels are numbers", "train.csv", "texts"));
  EXPECT_THAT(reading(kGood, {{0, 1}, {"cat", "dog"}}),
              fails_on_data("rows.csv: labels are texts", "numbers"));
}

TEST(ClassLabels, MustLookLikeClasses) {
  EXPECT_THAT(reading({{4, 4, 4}, {}}, kGood), fails_on_data("train.csv", "3", "one label"));
  EXPECT_THAT(reading({{1, 2, 3, 3}, {}}, kGood),
              fails_on_data("train.csv", "3 different labels on 4", "--train-labels"));
  Labels many;
  for (int64_t i = 0; i < 2002; ++i) many.values.push_back(i / 2);
  EXPECT_THAT(reading(many, kGood), fails_on_data("1,001 different labels", "at most 1,000"));
  many.values.resize(2000);
  EXPECT_EQ(class_labels(evaluation_data(many, kGood)).count(), 1000);
}

}  // namespace
}  // namespace ae
