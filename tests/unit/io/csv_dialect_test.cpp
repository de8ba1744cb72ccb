#include "io/formats/csv_dialect.h"

#include <gtest/gtest.h>

#include "csv_reading.h"
#include "error_matchers.h"
#include "io/formats/csv_records.h"

namespace ae {
namespace {

using namespace std::string_literals;
using testing::ElementsAre;

/// Text in UTF-16; the text is ASCII or Latin-1.
std::string utf16(std::string_view text, bool big_endian, bool mark = true) {
  std::string bytes = !mark ? "" : big_endian ? "\xfe\xff" : "\xff\xfe";
  for (const char c : text) bytes += big_endian ? std::string{'\0', c} : std::string{c, '\0'};
  return bytes;
}

class CsvDialects : public CsvReading {
 protected:
  void expect_table(std::string_view text, const std::string& dialect) {
    const Table table = read(text);
    EXPECT_THAT(table.info.columns, ElementsAre("a", "b")) << text;
    EXPECT_THAT(table.values, ElementsAre(-0.5, 2, 1.25, 1000)) << text;
    EXPECT_EQ(table.info.dialect, dialect) << text;
    EXPECT_EQ(read(gzipped(text)).values, table.values) << text;
  }
};

TEST_F(CsvDialects, FindsSeparatorsAndDecimalMarks) {
  expect_table("a,b\n-0.5,2\n1.25,1e3\n", "");
  expect_table("a;b\n-0.5;2\n1.25;1e3\n", "separated by \";\"");
  expect_table("a;b\n-0,5;2\n1,25;1e3\n", "separated by \";\", decimal comma");
  expect_table("a|b\n-0,5|2\n1,25|1e3\n", "separated by \"|\", decimal comma");
  expect_table("a\tb\n-0,5\t2\n1,25\t1e3\n", "separated by tabs, decimal comma");
  expect_table("a b\n-0.5 2\n1.25 1e3\n", "separated by blanks");
  expect_table("  a \t b\n  -0.5   2\n   1.25 1000  \n", "separated by blanks");
  expect_table("a  b\n-0,5  2,0\n1,25 1000,0\n", "separated by blanks, decimal comma");
  EXPECT_THAT(read("1,5 2,5\n3,5 4\n").values, ElementsAre(1.5, 2.5, 3.5, 4));
  EXPECT_THAT(read("1,5;2,5\n3;4\n").values, ElementsAre(1.5, 2.5, 3, 4));
}

TEST_F(CsvDialects, ReadsADeclaredSeparator) {
  expect_table("sep=;\r\na;b\r\n-0,5;2\r\n1,25;1e3\r\n", "separated by \";\", decimal comma");
  expect_table("\"sep=,\"\na,b\n-0.5,2\n1.25,1e3\n", "");
  EXPECT_THAT(reading("sep=;\na;b\n1;x\n"), fails_on_data("line 3", "text \"x\""));
}

TEST_F(CsvDialects, PassesOverBlankLinesAndComments) {
  expect_table("# made by a logger\n\na,b\n\n-0.5,2\n  \n# restarted, twice\n#\n1.25,1e3\n\n", "");
  expect_table("# of 2020\n# a,b\n-0.5,2\n1.25,1e3\n", "");  // numpy.savetxt
  expect_table("#a b\n-0.5 2\n1.25 1e3\n", "separated by blanks");
  expect_table("# x y\na,b\n-0.5,2\n# 5,6\n1.25,1e3\n", "");
  EXPECT_THAT(read("# 1,2\n3,4\n5,6\n").values, ElementsAre(3, 4, 5, 6));
  EXPECT_THAT(read("# a,b\n3,4\n", {.header = Header::absent}).values, ElementsAre(3, 4));
  EXPECT_THAT(reading("# by me\na,b\n\n1,2\n# c\n3,x\n"), fails_on_data("row 1 (line 6)"));
}

TEST_F(CsvDialects, TellsCommentsFromTextThatBeginsAlike) {
  const std::string tags = "tag,x\n#red,1\nblue,2\n#green,3\n";
  EXPECT_THAT(read(tags, {.label_column = "tag"}).labels, ElementsAre("#red", "blue", "#green"));
  EXPECT_THAT(read("x,tag\n1,a#b\n2,#c\n", {.label_column = "tag"}).labels,
              ElementsAre("a#b", "#c"));
  RowRequest request{.label_column = "tag"};
  request.dialect.comment = '#';
  EXPECT_THAT(read(tags, request).labels, ElementsAre("blue"));
  request.dialect.comment = '%';
  EXPECT_THAT(read("% x\ntag,x\n#a,1\n% y\n", request).labels, ElementsAre("#a"));
  request.dialect.comment = '\0';
  EXPECT_THAT(read("tag,x\n# a,1\n% y,2\n", request).labels, ElementsAre("# a", "% y"));
}

TEST_F(CsvDialects, ReadsEveryLineEnd) {
  expect_table("a,b\r-0.5,2\r1.25,1e3\r", "lines end in CR");
  expect_table("a,b\r\r-0.5,\"2\"\r1.25,1e3", "lines end in CR");
  expect_table("a,b\r\n-0.5,2\r\n\r\n1.25,1e3\r\n", "");
}

TEST_F(CsvDialects, ReadsEveryEncoding) {
  for (const bool big_endian : {false, true}) {
    for (const bool mark : {false, true}) {
      expect_table(utf16("a\tb\r\n-0,5\t2\r\n1,25\t1e3\r\n", big_endian, mark),
                   "separated by tabs, decimal comma, UTF-16");
    }
  }
  expect_table(
      "\xef\xbb\xbf"
      "a,b\n-0.5,2\n1.25,1e3\n",
      "");
  EXPECT_THAT(read("gr\xf6\xdf"
                   "e;\x80\n1;2\n")
                  .info.columns,
              ElementsAre("größe", "€"));
  EXPECT_EQ(read("gr\xf6\xdf"
                 "e;b\n1;2\n")
                .info.dialect,
            "separated by \";\", Latin-1");
  EXPECT_THAT(read("größe,b\n1,2\n").info.columns, ElementsAre("größe", "b"));
  EXPECT_THAT(read(utf16("gr\xf6\xdf"
                         "e;b\n1;2\n",
                         false))
                  .info.columns,
              ElementsAre("größe", "b"));
  const std::string smile = utf16("x;y\n1;", false) + "\x3d\xd8\x00\xde"s;
  EXPECT_THAT(read(smile, {.label_column = "y"}).labels, ElementsAre("😀"));
}

TEST_F(CsvDialects, FindsLatin1FarFromTheStart) {
  for (const size_t rows : {size_t{100}, size_t{13'106}, size_t{52'427}, size_t{52'428}}) {
    std::string text = "x,y\n";
    for (size_t i = 0; i < rows; ++i) text += "1,ab\n";
    const auto labels = read(text + "2,\xfc\n3,\xe4\xf6\xfc\n", {.label_column = "y"}).labels;
    EXPECT_EQ(labels.at(rows), "ü");
    EXPECT_EQ(labels.at(rows + 1), "äöü");
    EXPECT_EQ(read(text + "2,ü\n", {.label_column = "y"}).labels.at(rows), "ü");
  }
}

TEST_F(CsvDialects, RefusesBrokenUtf16) {
  const std::string good = utf16("a,b\n1,2\n", false);
  EXPECT_THAT(reading(good + "1"), fails_on_data("byte 18", "ends within a character"));
  EXPECT_THAT(reading(good + "\x3d\xd8" + "1\0"s), fails_on_data("byte 18", "first half"));
  EXPECT_THAT(reading(good + "\x3d\xd8"), fails_on_data("byte 18", "first half"));
  EXPECT_THAT(reading(good + "\x3d\xdc"), fails_on_data("byte 18", "second half"));
  EXPECT_THAT(reading("\xff\xfe\0\0a\0\0\0"s), fails_on_data("UTF-32"));
}

TEST_F(CsvDialects, FollowsARequest) {
  RowRequest request;
  request.dialect = {.separator = ':', .decimal = ',', .quote = '\''};
  EXPECT_THAT(read("'a:''b':c\n1,5:'2'\n", request).info.columns, ElementsAre("a:'b", "c"));
  EXPECT_THAT(read("'a:''b':c\n1,5:'2'\n", request).values, ElementsAre(1.5, 2));
  request.dialect = {.decimal = ','};
  EXPECT_THAT(read("a,b\n\"1,5\",\"2\"\n", request).values, ElementsAre(1.5, 2));
  EXPECT_THAT(reading("a,b\n1.5,2\n", request), fails_on_data("\"1.5\" has a point"));
  request.dialect = {.quote = '\0'};
  EXPECT_THAT(read("a,\"b\n1,2\n", request).info.columns, ElementsAre("a", "\"b"));
  request.dialect = {.encoding = Encoding::windows1252};
  EXPECT_THAT(read("\xc3\xb6,b\n1,2\n", request).info.columns, ElementsAre("Ã¶", "b"));
  request.dialect = {.encoding = Encoding::utf8};
  EXPECT_THAT(reading("\xf6,b\n1,2\n", request), fails_on_data("not UTF-8"));
}

TEST_F(CsvDialects, AsksForTheDecimalMarkWhereNoNumberTells) {
  EXPECT_THAT(reading("a;b\n5;1,234\n7;5,678\n"),
              fails_on_data("line 2: \"1,234\"", "data.dialect.decimal"));
  RowRequest request;
  request.dialect.decimal = ',';
  EXPECT_THAT(read("a;b\n5;1,25\n7;5,678\n", request).values, ElementsAre(5, 1.25, 7, 5.678f));
  EXPECT_EQ(detect_dialect("a;b\n1,234;0,5\n", true).decimal, ',');
  EXPECT_EQ(detect_dialect("a;b\n1,234;2.5\n", true).decimal, '.');
  EXPECT_EQ(detect_dialect("a;b\n1,234;5\n371;6\n", true).decimal, '.');
  EXPECT_EQ(detect_dialect("a;b\n1.234,5;2.345\n", true).decimal, ',');
  EXPECT_EQ(detect_dialect("a;b\n0,5;0.5\n", true).decimal, '.');
  EXPECT_THAT(read("1,234\n").values, ElementsAre(1, 234));
}

TEST_F(CsvDialects, LeavesTextWithBlanksWhole) {
  EXPECT_EQ(detect_dialect("red fox\nblue fox\n", true).separator, ',');
  EXPECT_EQ(detect_dialect("class 1\nclass 2\n", true).separator, ',');
  EXPECT_EQ(detect_dialect("time,a\n2020-01-01 12:00,1\n2020-01-01 13:00,2\n", true).separator,
            ',');
  EXPECT_EQ(detect_dialect("GAL 0.5 0.7 MIT\nLAC 0.4 0.2 CYT\n", true).separator, ' ');
}

TEST_F(CsvDialects, ReadsOneTableInEveryDialectAtEveryBufferBoundary) {
  std::string text;
  std::vector<double> expected;
  for (int i = 0; i < 30'000; ++i) {
    text += std::to_string(i) + std::string(static_cast<size_t>(i % 7 + 1), ' ') +
            (i % 3 == 0 ? "\"" + std::to_string(i % 97) + "\"\t" : "5 ") + "0,5" +
            (i % 5 == 0 ? "\r\n# ä\r\n" : "\r\n");
    expected.insert(expected.end(), {double(i), i % 3 == 0 ? double(i % 97) : 5.0, 0.5});
  }
  EXPECT_EQ(read(text).values, expected);
  EXPECT_EQ(read(gzipped(utf16(text, true))).values, expected);
}

TEST_F(CsvDialects, KeepsLineNumbers) {
  ByteReader file(dir_.write("a.csv", "# x\n\na;b\n\n1;\"2\n3\"\n#\n4;5\n"));
  CsvRecords records(std::move(file));
  std::vector<uint64_t> lines;
  while (records.next()) lines.push_back(records.line());
  EXPECT_THAT(lines, ElementsAre(3, 5, 8));
  EXPECT_EQ(records.dialect().separator, ';');
}

}  // namespace
}  // namespace ae
