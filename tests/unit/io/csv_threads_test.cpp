#include <gtest/gtest.h>
#include <spdlog/fmt/fmt.h>

#include <string>

#include "csv_reading.h"
#include "error_matchers.h"

namespace ae {
namespace {

class CsvThreads : public CsvReading {};

TEST_F(CsvThreads, ReadsTheSameWithAnyNumberOfThreadsAndRows) {
  std::string text = "n,kind,flag,m,name\n";
  for (int i = 0; i < 40'000; ++i) {
    text +=
        fmt::format("{0},k{1},{2},{0}.25,row {0}\n", i, i * 7 % 30, i % 5 == 0 ? "true" : "false");
  }
  const RowRequest one{.label_column = "name", .table = {.typed = true}};
  RowRequest four = one;
  four.threads = 4;
  const Table expected = read_all(dir_.write("a.csv", text), one, 1);
  EXPECT_EQ(expected.rows, 40'000);
  for (const int64_t rows_at_a_time : {7, 20'000, 50'000}) {
    const Table table = read_all(dir_.write("a.csv", text), four, rows_at_a_time);
    EXPECT_EQ(table.values, expected.values);
    EXPECT_EQ(table.labels, expected.labels);
    EXPECT_EQ(table.info.table[1].categories, expected.info.table[1].categories);
  }
}

TEST_F(CsvThreads, NamesTheFirstOfSeveralErrors) {
  std::string text = "a,b,c\n";
  for (int i = 0; i < 20'000; ++i) {
    text += i == 12'000 ? "1,2\n" : i == 11'000 ? "1,x,y\n" : i == 11'001 ? "z,2,3\n" : "1,2,3\n";
  }
  const auto path = dir_.write("a.csv", text);
  for (const int threads : {1, 4}) {
    for (const int64_t rows_at_a_time : {3, 50'000}) {
      EXPECT_THAT(([&] { read_all(path, {.threads = threads}, rows_at_a_time); }),
                  fails_on_data("row 11000 (line 11002), column \"b\""));
    }
  }
}

}  // namespace
}  // namespace ae
