#include "io/formats/csv.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "csv_reading.h"
#include "error_matchers.h"

namespace ae {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

using Csv = CsvReading;

TEST_F(Csv, ReadsWithAndWithoutHeader) {
  const Table named = read("x,y\n1,2\n3,4.5\n");
  EXPECT_THAT(named.info.columns, ElementsAre("x", "y"));
  EXPECT_THAT(named.info.shape, ElementsAre(2));
  EXPECT_EQ(named.info.dtype, DType::float32);
  EXPECT_EQ(named.info.count, std::nullopt);
  EXPECT_THAT(named.values, ElementsAre(1, 2, 3, 4.5));
  const Table bare = read("1,2\n3,4.5\n");
  EXPECT_THAT(bare.info.columns, IsEmpty());
  EXPECT_THAT(bare.values, ElementsAre(1, 2, 3, 4.5));
  EXPECT_THAT(read("7\n").values, ElementsAre(7));
  EXPECT_THAT(read("x\n7\n8").values, ElementsAre(7, 8));
}

TEST_F(Csv, FindsTheSeparator) {
  EXPECT_THAT(read("x;y\n1;2\n").values, ElementsAre(1, 2));
  EXPECT_THAT(read("x\ty\n1\t2\n").values, ElementsAre(1, 2));
  EXPECT_THAT(read("\"a,b\";y\n1;2\n").info.columns, ElementsAre("a,b", "y"));
  EXPECT_THAT(read("\"a;b\",y\n1,2\n").info.columns, ElementsAre("a;b", "y"));
  EXPECT_THAT(read("a;b,c\n1,2\n", {}).info.columns, ElementsAre("a;b", "c"));
}

TEST_F(Csv, PassesOverWhatEditorsLeave) {
  const std::string mark = "\xef\xbb\xbf";
  const Table table = read(mark + "x,y\r\n 1 ,\t+2\r\n3,4\r\n\r\n  \n");
  EXPECT_THAT(table.info.columns, ElementsAre("x", "y"));
  EXPECT_THAT(table.values, ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(read(gzipped("x,y\n1,2\n")).values, ElementsAre(1, 2));
  EXPECT_THAT(read("# x,y\n1,2\n").info.columns, ElementsAre("x", "y"));  // numpy.savetxt
}

TEST_F(Csv, ReadsQuotes) {
  const Table table = read(
      "\"x\",\"a \"\"b\"\", c\", \"two\nlines\" ,plain \"quote\"\n"
      "\"1\",2,\" 3 \",4\r\n"
      "5,6,7,\"8\"\n");
  EXPECT_THAT(table.info.columns, ElementsAre("x", "a \"b\", c", "two\nlines", "plain \"quote\""));
  EXPECT_THAT(table.values, ElementsAre(1, 2, 3, 4, 5, 6, 7, 8));
  EXPECT_THAT(read("x,y\n1,\"2\"").values, ElementsAre(1, 2));
}

TEST_F(Csv, ReadsNumbersOfEveryForm) {
  EXPECT_THAT(read("-1,+1,.5,5.,1e3,1E-3,-0,1e-60,0000012,3.4028235e38\n").values,
              ElementsAre(-1, 1, .5, 5, 1000, 0.001f, 0, 0, 12, 3.4028235e38f));
  EXPECT_THAT(read("1e-400,-1e-400,0." + std::string(400, '0') + "1\n").values,
              ElementsAre(0, 0, 0));
}

TEST_F(Csv, TellsTheLabelColumnByName) {
  const Table table = read("x,species,y\n1,\"setosa, wild\",2\n3, virginica ,4\n5,6,7\n8,9,10\n",
                           {.label_column = "species"});
  EXPECT_THAT(table.info.columns, ElementsAre("x", "y"));
  EXPECT_THAT(table.values, ElementsAre(1, 2, 3, 4, 5, 7, 8, 10));
  EXPECT_THAT(table.labels, ElementsAre("setosa, wild", "virginica", "6", "9"));
}

TEST_F(Csv, TellsColumnsByNumberWithoutAHeader) {
  const std::string iris = "5.1,3.5,Iris-setosa\n4.9,3.0,Iris-setosa\n";
  const Table table = read(iris, {.label_column = "3"});
  EXPECT_THAT(table.values, ElementsAre(5.1f, 3.5f, 4.9f, 3));
  EXPECT_THAT(table.labels, ElementsAre("Iris-setosa", "Iris-setosa"));
  EXPECT_THAT(read(iris, {.exclude = {"3", "1"}}).values, ElementsAre(3.5, 3));
  EXPECT_THAT(read("1,2,3\n", {.columns = {"3", "1"}}).values, ElementsAre(3, 1));
  EXPECT_THAT(reading("1,2,3\n", {.columns = {"z"}}),
              fails_on_data("no header line, so no column \"z\"", "\"1\" to \"3\""));
}

TEST_F(Csv, AsksWhetherAFirstLineOfNumbersAndTextIsAHeader) {
  EXPECT_THAT(reading("5.1,3.5,Iris-setosa\n4.9,3.0,Iris-setosa\n"),
              fails_on_data("line 1 may be a header or a row", "column 3", "\"Iris-setosa\"",
                            "add a header"));
  // Names that are numbers, above text: decided by a requested name.
  EXPECT_THAT(read("country,2019,2020\nFR,1,2\n", {.exclude = {"country"}}).values,
              ElementsAre(1, 2));
  EXPECT_THAT(read("size,2019,2020\n3,1,2\n").info.columns, ElementsAre("size", "2019", "2020"));
}

TEST_F(Csv, TakesTheNumbersThatPandasCountsColumnsByForAHeader) {
  const Table table = read("0,1,2,3\n5,6,7,8\n");
  EXPECT_THAT(table.info.columns, ElementsAre("0", "1", "2", "3"));
  EXPECT_EQ(table.rows, 1);
  EXPECT_EQ(read("0,1,2\n5,6,7\n").rows, 2);
  EXPECT_THAT(reading(",a\n0,5\n"), fails_on_data("column 1 has no name", "pandas", "exclude"));
  EXPECT_THAT(read(",a\n0,5\n", {.exclude = {""}}).values, ElementsAre(5));
}

TEST_F(Csv, DeliversRequestedColumnsInTheirOrder) {
  const Table table = read("id,x,y,z\nk1,1,2,3\nk2,4,5,6\n", {.columns = {"z", "x"}});
  EXPECT_THAT(table.info.columns, ElementsAre("z", "x"));
  EXPECT_THAT(table.values, ElementsAre(3, 1, 6, 4));
  EXPECT_THAT(read("id,x,y\nk1,1,2\n", {.exclude = {"id"}}).values, ElementsAre(1, 2));
}

TEST_F(Csv, NamesColumnsThatCannotBeHad) {
  EXPECT_THAT(reading("weight,y\n1,2\n", {.columns = {"wieght"}}),
              fails_on_data("no column \"wieght\"; did you mean \"weight\"?",
                            "its columns: \"weight\", \"y\""));
  EXPECT_THAT(reading("x,y\n1,2\n", {.label_column = "label"}),
              fails_on_data("no label column \"label\"", "\"x\", \"y\""));
  EXPECT_THAT(reading("x,y\n1,2\n", {.exclude = {"id"}}), fails_on_data("no column \"id\""));
  EXPECT_THAT(reading("x,y,x\n1,2,3\n"), fails_on_data("columns 1 and 3 are both called \"x\""));
  EXPECT_THAT(reading("x,y\n1,2\n", {.columns = {"x", "x"}}), fails_on_data("requested twice"));
  EXPECT_THAT(reading("x,y\n1,2\n", {.label_column = "x", .columns = {"x"}}),
              fails_on_data("as data and as label"));
  EXPECT_THAT(reading("x,y\n1,2\n", {.label_column = "x", .exclude = {"y"}}),
              fails_on_data("no data columns are left of 2"));
}

TEST_F(Csv, KeepsMessagesToOneLineWhateverTheNames) {
  // A suggested name must not add its line break to the message (found by fuzzing).
  EXPECT_THAT(reading("a,\"\n1,\",3\nb,c,d\n", {.label_column = "9"}),
              fails_on_data("no label column \"9\"; its columns: \"a\", \"\\x0a1,\""));
}

TEST_F(Csv, RefusesNamesAndLabelsThatAreNotUtf8) {
  // Text whose first character beyond ASCII is UTF-8 is not taken for Latin-1.
  EXPECT_THAT(reading("ä,gr\xf6\xdf"
                      "e\n1,2\n"),
              fails_on_data("column 2 is not UTF-8"));
  EXPECT_EQ(read("x,größe\n1,2\n").info.columns[1], "größe");
  EXPECT_THAT(reading("x,ä\n1,gr\xfc"
                      "n\n",
                      {.label_column = "ä"}),
              fails_on_data("line 2: label \"gr\\xfcn\" is not UTF-8"));
  EXPECT_THAT(reading("ä\ngr\xfc"
                      "n\n"),
              fails_on_data("text \"gr\\xfcn\""));
}

TEST_F(Csv, RefusesLabelsOfMoreThan1000Bytes) {
  const RowRequest request{.label_column = "kind"};
  EXPECT_EQ(read("x,kind\n1," + std::string(1000, 'a') + "\n", request).labels[0].size(), 1000);
  EXPECT_THAT(reading("x,kind\n1," + std::string(1001, 'a') + "\n", request),
              fails_on_data("a.csv: line 2", "1,001 bytes", "at most 1,000"));
}

TEST_F(Csv, ReadsAHeaderLongerThanTheSample) {
  const Table table = read("a," + std::string(9 << 20, 'b') + "\n1,2\n3,4\n");
  EXPECT_THAT(table.values, ElementsAre(1, 2, 3, 4));
  EXPECT_EQ(table.info.columns.at(1).size(), 9 << 20);
}

TEST_F(Csv, SaysWhereACellIsNoNumber) {
  EXPECT_THAT(reading("x,y\n1,2\n3,blue\n"),
              fails_on_data("a.csv: row 1 (line 3), column \"y\": text \"blue\"; expected a number",
                            "exclude", "labels"));
  EXPECT_THAT(reading("1,2\n3,blue\n"), fails_on_data("row 1 (line 2), column \"2\": text"));
  EXPECT_THAT(reading("x,y\n1,\n"), fails_on_data("row 0 (line 2), column \"y\": empty cell"));
  EXPECT_THAT(reading("x,y\n1,\"\"\n"), fails_on_data("empty cell"));
  EXPECT_THAT(reading("x,y\n1,nan\n"), fails_on_data("column \"y\": \"nan\", a missing value"));
  EXPECT_THAT(reading("x,y\n-inf,1\n"), fails_on_data("\"-inf\"; expected finite"));
  EXPECT_THAT(reading("x,y\n1,1e300\n"), fails_on_data("\"1e300\" does not fit float32"));
  EXPECT_THAT(reading("x,y\n1,1e999\n"), fails_on_data("\"1e999\"; expected finite"));
  EXPECT_THAT(reading("x,y\n1,\"2,5\"\n"), fails_on_data("\"2,5\"", "data.dialect.decimal"));
  EXPECT_THAT(reading("x\n1 2 3\n"), fails_on_data("\"1 2 3\"", "data.dialect.separator"));
  for (const char* text : {"--1", "+-1", "1.2.3", "1_000", "e5", "+"}) {
    EXPECT_THAT(reading(std::string("x,y\n1,") + text + "\n"), fails_on_data("text")) << text;
  }
  EXPECT_THAT(reading("x\n\"a\nb\"\n"), fails_on_data("\"a\\x0ab\""));  // stays one line
  EXPECT_THAT(reading("x\n" + std::string(5000, 'z') + "\n"), fails_on_data("zzz…\""));
}

TEST_F(Csv, CountsLinesAndRowsWhereQuotesSpanLines) {
  EXPECT_THAT(reading("x,\"a\nb\"\n1,2\n3,four\n"),
              fails_on_data("row 1 (line 4), column \"a\\x0ab\""));
}

TEST_F(Csv, RefusesRaggedRows) {
  EXPECT_THAT(reading("x,y\n1,2\n3\n"), fails_on_data("row 1 (line 3) has 1 fields; expected 2"));
  EXPECT_THAT(reading("x,y\n1,2\n3,4,5\n"), fails_on_data("has 3 fields; expected 2"));
  EXPECT_THAT(reading("x,y\n1,2,\n"), fails_on_data("has 3 fields; expected 2"));
}

TEST_F(Csv, RefusesBrokenQuotes) {
  EXPECT_THAT(reading("x,y\n1,\"2\n3,4\n"), fails_on_data("line 2: a quote is opened and never"));
  EXPECT_THAT(reading("x,y\n1,\"2\"3\n"), fails_on_data("line 2: \"3\" follows a closing quote"));
  EXPECT_THAT(reading("x,\""), fails_on_data("never closed"));
}

TEST_F(Csv, RefusesFilesWithoutRows) {
  EXPECT_THAT(reading("x,y\n"), fails_on_data("holds no rows"));
  EXPECT_THAT(reading("\n\n"), fails_on_data("holds no rows"));
  EXPECT_THAT(reading("\xef\xbb\xbf"), fails_on_data("holds no rows"));
}

TEST_F(Csv, RefusesEmptyLabels) {
  EXPECT_THAT(reading("x,y\n1,a\n2,\n", {.label_column = "y"}),
              fails_on_data("row 1 (line 3), column \"y\": empty label"));
}

TEST_F(Csv, ReadsTheSameAtEveryBufferBoundary) {
  // Rows of changing length, one field quoted with a separator and a newline inside.
  std::string text = "a,b,c\n";
  std::vector<double> expected;
  for (int i = 0; i < 40'000; ++i) {
    text += std::to_string(i) + (i % 3 == 0 ? ",\"" + std::to_string(i % 97) + "\"," : ",5,") +
            std::string(static_cast<size_t>(i % 7), ' ') + "1" + (i % 2 == 0 ? "\r\n" : "\n");
    expected.insert(expected.end(), {double(i), i % 3 == 0 ? double(i % 97) : 5.0, 1.0});
  }
  EXPECT_EQ(read(text).values, expected);
  EXPECT_EQ(read(gzipped(text)).values, expected);
}

TEST_F(Csv, ReadsRowsLongerThanTheBuffer) {
  std::string text;
  const size_t columns = 200'000;
  for (int row = 0; row < 3; ++row) {
    for (size_t i = 0; i < columns; ++i) text += (i == 0 ? "" : ",") + std::to_string(i % 10 + 1);
    text += '\n';
  }
  const Table table = read(text);
  EXPECT_EQ(table.rows, 3);
  EXPECT_EQ(table.info.width(), static_cast<int64_t>(columns));
}

TEST_F(Csv, NeverCrashesOnACutOrChangedFile) {
  const std::string good = "x,\"y \"\"z\"\"\",s\r\n1,\"2\",a\r\n3,4,\"b\nc\"\r\n";
  const auto read_quietly = [&](std::string_view text) {
    try {
      read(text, {.exclude = {"s"}});
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::data) << error.what();
    }
  };
  for_each_truncation(good, read_quietly);
  std::mt19937 random(1);
  for (int i = 0; i < 3000; ++i) {
    std::string changed = good;
    for (int n = 0; n < 3; ++n) {
      changed[random() % changed.size()] = "\",;\n\r\t 1e-x\x80"[random() % 13];
    }
    read_quietly(changed);
  }
}

TEST(CsvWriter, WritesNumbersThatReadBackToTheSameBits) {
  const TempDir dir;
  std::mt19937 random(1);
  std::vector<float> values;
  while (values.size() < 3000) {
    const float value = std::bit_cast<float>(static_cast<uint32_t>(random()));
    if (std::isfinite(value)) values.push_back(value);
  }
  CsvWriter writer(dir / "a.csv", {"plain", "with, comma \"and\" quote", ""});
  writer.write(values.data(), 400);
  writer.write(values.data() + 1200, 600);
  EXPECT_FALSE(std::filesystem::exists(dir / "a.csv"));
  writer.commit();
  const Table table =
      read_all(dir / "a.csv", {.columns = {"plain", "with, comma \"and\" quote", ""}});
  ASSERT_EQ(table.values.size(), values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    EXPECT_EQ(std::bit_cast<uint32_t>(static_cast<float>(table.values[i])),
              std::bit_cast<uint32_t>(values[i]));
  }
}

TEST(CsvWriter, WritesTheShortestForm) {
  const TempDir dir;
  CsvWriter writer(dir / "a.csv", {"z 1", "z2"});
  const std::vector<float> values = {0.1f, -3, 1e20f, 1e-7f};
  writer.write(values.data(), 2);
  writer.commit();
  EXPECT_EQ(bytes_of(dir / "a.csv"), "\"z 1\",z2\n0.1,-3\n1e+20,1e-07\n");
}

TEST_F(Csv, RefusesMoreFieldsThanMemoryIsFor) {
  const std::string separators(1 << 20, ',');  // a kilobyte when compressed
  EXPECT_THAT(reading(separators + "\n"), fails_on_data("line 1 has more than 1048576 fields"));
  EXPECT_THAT(reading("\"\"" + separators + "\n"), fails_on_data("line 1 has more than"));
}

}  // namespace
}  // namespace ae
