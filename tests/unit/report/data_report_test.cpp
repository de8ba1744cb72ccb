#include "report/data_report.h"

#include <ATen/ops/zeros.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>

#include "experiments.h"

namespace ae {
namespace {

using testing::EndsWith;
using testing::HasSubstr;

/// Rows 0 to n - 1 of a file.
RowSet file_rows(const std::string& path, int64_t n, std::optional<bool> has_header = {}) {
  RowSet rows = row_set(at::zeros({n, 4}));
  Dataset data = *rows.data;
  data.path = path;
  data.info.has_header = has_header;
  return {std::make_shared<Dataset>(std::move(data)), rows.rows};
}

TEST(DataText, HasALineForEachSplit) {
  Splits splits;
  splits.preprocessing.shape = {1, 2, 2};
  splits.train = file_rows("data/train.npy", 1234);
  EXPECT_EQ(data_text(splits, {}),
            "train: 1,234 rows, images 1×2×2, channels first, from data/train.npy");
  splits.validation = splits.train;
  splits.validation->rows.resize(10);
  splits.test = file_rows("test.npy", 2);
  EXPECT_EQ(data_text(splits, {}),
            "train: 1,234 rows, images 1×2×2, channels first, from data/train.npy\n"
            "validation: 10 rows, images 1×2×2, channels first, from data/train.npy\n"
            "test: 2 rows, images 1×2×2, channels first, from test.npy");
}

TEST(DataText, SaysOfATableWhetherItHasAHeader) {
  Splits splits;
  splits.preprocessing.shape = {4};
  splits.train = file_rows("a.csv", 3, true);
  splits.test = file_rows("b.csv", 5, false);
  EXPECT_EQ(data_text(splits, {}),
            "train: 3 rows of 4, from a.csv, columns named by its header line\n"
            "test: 5 rows of 4, from b.csv, no header line: columns are numbered from 1");
}

TEST(DataText, TellsOfLabelsAndScaling) {
  Splits splits;
  splits.preprocessing.shape = {4};
  Dataset labelled = *file_rows("a.npy", 2).data;
  labelled.labels.values = {0, 1};
  splits.train = {std::make_shared<Dataset>(labelled), {0, 1}};
  splits.preprocessing.scaling = {.offset = 0, .divisor = 255};
  EXPECT_EQ(data_text(splits, {}),
            "train: 2 rows of 4, from a.npy, with labels\nscaled: divided by 255\n"
            "labels of the training rows: 0 (1), 1 (1)");
  splits.preprocessing.scaling = {.offset = -1, .divisor = 0.5};
  EXPECT_THAT(data_text(splits, {}), HasSubstr("\nscaled: (x - -1) / 0.5\n"));
  splits.test = file_rows("b.npy", 3);
  const EqualRows equal{1, {{"test", 2, 3}}};
  EXPECT_THAT(data_text(splits, equal),
              HasSubstr("\n1 of 2 training rows equal an earlier one\n2 of 3 test rows equal a"));
  const Json json = data_json(splits, equal);
  EXPECT_EQ(json["train"]["path"], "a.npy");
  EXPECT_EQ(json["train"]["label_counts"],
            parse_json(R"([{"label": "0", "rows": 1}, {"label": "1", "rows": 1}])", "expected"));
  EXPECT_EQ(json["repeated_rows"], 1);
  EXPECT_EQ(json["test"]["rows"], 3);
  EXPECT_EQ(json["test"]["rows_of_training"], 2);
  EXPECT_FALSE(json.contains("validation"));
  EXPECT_EQ(json["preprocessing"], splits.preprocessing.to_json());
}

TEST(DataText, NamesColumnsThatAreEqual) {
  Splits splits;
  splits.preprocessing.shape = {4};
  splits.train = file_rows("a.csv", 3, true);
  for (const char* name : {"a", "b", "c", "d"}) {
    ColumnSummary& column = splits.columns.emplace_back();
    column.name = name;
    column.low = 0;
    column.high = *name == 'd' ? 0 : 1;  // constant
    column.hash = *name == 'b' ? 2 : 1;
  }
  EXPECT_THAT(data_text(splits, {}),
              EndsWith("\ncolumns \"a\", \"c\" are equal in all training rows"));
  EXPECT_EQ(data_json(splits, {})["equal_columns"], Json::array({Json::array({"a", "c"})}));
}

}  // namespace
}  // namespace ae
