#include "data/holding_out.h"

#include <gmock/gmock.h>
#include <spdlog/fmt/fmt.h>

#include <algorithm>

#include "data_folder.h"
#include "error_matchers.h"

namespace ae {
namespace {

using testing::ElementsAre;

using HoldingOut = DataFolder;

std::vector<int64_t> merged(const RowSet& a, const RowSet& b) {
  std::vector<int64_t> rows = a.rows;
  rows.insert(rows.end(), b.rows.begin(), b.rows.end());
  std::sort(rows.begin(), rows.end());
  return rows;
}

TEST_F(HoldingOut, HoldsOutARandomFraction) {
  write_counting(103);
  const Splits splits = split(counting(HeldOutOptions{.fraction = 0.2}));
  EXPECT_EQ(splits.validation->count(), 21);
  EXPECT_EQ(merged(splits.train, *splits.validation), counted(103));  // disjoint and complete
  EXPECT_TRUE(std::is_sorted(splits.train.rows.begin(), splits.train.rows.end()));
  EXPECT_TRUE(std::is_sorted(splits.validation->rows.begin(), splits.validation->rows.end()));
  EXPECT_NE(splits.validation->rows.back() - splits.validation->rows.front(), 20);
  const HeldOutOptions fifth{.fraction = 0.2};
  EXPECT_EQ(split(counting(fifth)).validation->rows, splits.validation->rows);
  DataOptions other = counting(fifth);
  other.split_seed = 2;
  EXPECT_NE(split(other).validation->rows, splits.validation->rows);
}

TEST_F(HoldingOut, HoldsOutTestRowsThatAreNoValidationRows) {
  write_counting(100);
  DataOptions options = counting(HeldOutOptions{.fraction = 0.2});
  options.test = HeldOutOptions{.fraction = 0.1};
  const Splits splits = split(options);
  EXPECT_EQ(splits.validation->rows,
            split(counting(HeldOutOptions{.fraction = 0.2})).validation->rows);
  EXPECT_EQ(splits.test->count(), 10);
  std::vector<int64_t> all = merged(splits.train, *splits.validation);
  all.insert(all.end(), splits.test->rows.begin(), splits.test->rows.end());
  std::sort(all.begin(), all.end());
  EXPECT_EQ(all, counted(100));
}

TEST_F(HoldingOut, HoldsOutTheSameFractionOfEachLabel) {
  write_counting(90);
  const Splits splits = split(counting(HeldOutOptions{.fraction = 0.2, .stratify = true}));
  std::vector<int64_t> labels = splits.validation->labels();
  std::sort(labels.begin(), labels.end());
  EXPECT_THAT(labels, ElementsAre(0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2));
  EXPECT_EQ(merged(splits.train, *splits.validation), counted(90));
}

TEST_F(HoldingOut, HoldsOutWholeGroups) {
  std::string text = "x,patient\n";
  for (int n = 0; n < 60; ++n) text += fmt::format("{},p{}\n", n, n / 6);
  dir_.write("count.csv", text);
  DataOptions options;
  options.train.path = "count.csv";
  options.validation = HeldOutOptions{.fraction = 0.3, .group = "patient"};
  const Splits splits = split(options);
  EXPECT_EQ(splits.train.data->info.width(), 1);  // the group is no data
  EXPECT_EQ(splits.validation->count(), 18);
  for (const int64_t row : splits.validation->rows) {
    const auto group_begin = row / 6 * 6;
    EXPECT_TRUE(std::binary_search(splits.validation->rows.begin(), splits.validation->rows.end(),
                                   group_begin));
  }
  dir_.write("count.csv", "x,patient\n1,a\n2,a\n3,a\n");
  EXPECT_THAT([&] { split(options); }, fails_on_data("one value in all rows"));
}

TEST_F(HoldingOut, FollowsAColumnThatNamesTheSplit) {
  dir_.write("count.csv", "x,split\n1,train\n2,val\n3,Test\n4,training\n5,dev\n");
  DataOptions options;
  options.train.path = "count.csv";
  options.split_column = "split";
  const Splits splits = split(options);
  EXPECT_THAT(splits.train.rows, ElementsAre(0, 3));
  EXPECT_THAT(splits.validation->rows, ElementsAre(1, 4));
  EXPECT_THAT(splits.test->rows, ElementsAre(2));
  dir_.write("count.csv", "x,split\n1,train\n2,other\n");
  EXPECT_THAT(
      [&] { split(options); },
      fails_on_data("row 1 (line 3), column \"split\": \"other\"; data.split_column expects"));
}

TEST_F(HoldingOut, HoldsOutListedRows) {
  write_counting(10);
  dir_.write("rows.csv", "1\n8\n");
  EXPECT_THAT(split(counting(HeldOutOptions{.rows = "rows.csv"})).validation->rows,
              ElementsAre(1, 8));
  dir_.write("rows.csv", "1\n10\n");
  EXPECT_THAT([&] { split(counting(HeldOutOptions{.rows = "rows.csv"})); },
              fails_on_data("row 10 for data.validation", "rows 0 to 9"));
  dir_.write("rows.csv", "1\n1\n");
  EXPECT_THAT([&] { split(counting(HeldOutOptions{.rows = "rows.csv"})); },
              fails_on_data("row 1 is listed twice"));
}

TEST_F(HoldingOut, TakesRowsForWhichConditionsHold) {
  write_counting(12);
  const auto rows_for = [&](const char* where) {
    DataOptions options = counting();
    EXPECT_TRUE(options.train.where.read(Json::parse(where))) << where;
    return split(options).train.rows;
  };
  EXPECT_THAT(rows_for(R"({"label": 0})"), ElementsAre(0, 3, 6, 9));
  EXPECT_THAT(rows_for(R"({"label": [1, "2"], "x": {"max": 4}})"), ElementsAre(1, 2, 4));
  EXPECT_THAT(rows_for(R"({"label": {"not": [1, 2]}, "x": {"min": 3}})"), ElementsAre(3, 6, 9));
  EXPECT_THAT([&] { rows_for(R"({"label": 7})"); },
              fails_on_data("data.train.where selects none of 12 rows", "\"0\" (4)"));
  EXPECT_THAT([&] { rows_for(R"({"lable": 0})"); }, fails_on_data("did you mean \"label\"?"));
}

TEST_F(HoldingOut, HoldsOutTheLastRows) {
  write_counting(10);
  const Splits splits = split(counting(HeldOutOptions{.last = 3}));
  EXPECT_THAT(splits.validation->rows, ElementsAre(7, 8, 9));
  EXPECT_EQ(splits.train.rows, counted(7));
  EXPECT_THAT(splits.validation->labels(), ElementsAre(1, 2, 0));
}

TEST_F(HoldingOut, RefusesToHoldOutAllRows) {
  write_counting(5);
  EXPECT_THAT([&] { split(counting(HeldOutOptions{.last = 5})); },
              fails_on_data("count.csv", "holds out 5 of 5 rows"));
  EXPECT_THAT([&] { split(counting(HeldOutOptions{.fraction = 0.95})); },
              fails_on_data("holds out 5 of 5 rows"));
  EXPECT_EQ(split(counting(HeldOutOptions{.fraction = 0.01})).validation->count(), 1);
}

}  // namespace
}  // namespace ae
