#include "io/formats/csv_number_format.h"

#include <gtest/gtest.h>

#include <bit>
#include <charconv>
#include <cmath>
#include <random>
#include <vector>

#include "error_matchers.h"
#include "io/formats/csv_non_number.h"
#include "io/formats/csv_number.h"

namespace ae {
namespace {

using Cells = std::vector<std::string_view>;
using testing::AllOf;
using testing::HasSubstr;

/// The format of the cells, checked to read them as these values.
std::string format_of(const Cells& cells, const std::vector<double>& values, char decimal = '.') {
  const auto format = detect_number_format(cells, decimal);
  if (!format) return "text";
  for (size_t i = 0; i < cells.size(); ++i) {
    EXPECT_EQ(parse_number(cells[i], *format), values.at(i)) << cells[i];
  }
  return number_format_text(*format);
}

TEST(CsvNumber, IsTheNearestOfItsType) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 60'000; ++i) {
    const double size = std::bit_cast<double>(random());
    if (!std::isfinite(size) || size == 0) continue;  // no exponent
    const double value = i % 2 == 0 ? size : std::ldexp(size, -std::ilogb(size) + i % 40 - 20);
    if (!std::isfinite(value)) continue;
    char text[64];
    const auto format = i % 3 == 0 ? std::chars_format::scientific : std::chars_format::general;
    const int digits = i % 20;
    const auto end = digits == 0 ? std::to_chars(text, text + 64, value).ptr
                                 : std::to_chars(text, text + 64, value, format, digits).ptr;
    const std::string_view cell(text, static_cast<size_t>(end - text));
    double wide = 0;
    float narrow = 0;
    std::from_chars(text, end, wide);
    ASSERT_EQ(parse_double(cell), wide) << cell;
    if (std::from_chars(text, end, narrow).ec == std::errc()) {
      ASSERT_EQ(parse_float(cell), narrow) << cell;
    }
  }
  // Just above, below and at the middle of two floats.
  EXPECT_EQ(parse_float("16777217"), 16777216.0f);
  EXPECT_EQ(parse_float("16777217.00000000001"), 16777218.0f);
  EXPECT_EQ(parse_float("16777216.99999999999"), 16777216.0f);
  EXPECT_EQ(parse_float("16777217,0000000001", ','), 16777218.0f);
}

TEST(CsvNumber, TakesNothingElse) {
  for (const char* text : {"", "+", "-", ".", "1.2.3", "1e", "1e+", "1e+-5", "--1", "+-1", "1,5",
                           "0x10", "1_000", "12345678x", "1 2", "e5", "1e5.0"}) {
    EXPECT_EQ(parse_double(text), std::nullopt) << text;
    EXPECT_EQ(parse_float(text), std::nullopt) << text;
  }
  EXPECT_EQ(parse_double("1.5", ','), std::nullopt);
  EXPECT_EQ(parse_double("1,2,3", ','), std::nullopt);
  EXPECT_EQ(parse_double(" +1,5e1 ", ','), 15);
  EXPECT_EQ(parse_double("0,12345678901234567890123", ','), 0.12345678901234568);
}

TEST(NumberFormat, IsFoundFromCells) {
  EXPECT_EQ(format_of({"1", "-2.5"}, {1, -2.5}), "");
  EXPECT_EQ(format_of({"1", "-2,5"}, {1, -2.5}, ','), "with decimal comma");
  EXPECT_EQ(format_of({"371.0", "1,806.0", "12,345,678"}, {371, 1806, 12345678}),
            "with thousands \",\"");
  EXPECT_EQ(format_of({"371,0", "-1.806,5"}, {371, -1806.5}, ','),
            "with thousands \".\" and decimal comma");
  EXPECT_EQ(format_of({"1 806", "1\u00a0806,5", "1\u202f806"}, {1806, 1806.5, 1806}, ','),
            "with thousands separated by spaces and decimal comma");
  EXPECT_EQ(format_of({"1'806.5", "1’806"}, {1806.5, 1806}), "with thousands \"'\"");
  EXPECT_EQ(
      format_of({"$5", "-$1,806.5", "($5.25)", "$-3", "$ 1e3"}, {5, -1806.5, -5.25, -3, 1000}),
      "with $ and thousands \",\"");
  EXPECT_EQ(format_of({"5 €", "-3,5€", "€ 2"}, {5, -3.5, 2}, ','), "with € and decimal comma");
  EXPECT_EQ(format_of({"£1", "£.5"}, {1, 0.5}), "with £");
  EXPECT_EQ(format_of({"¥100"}, {100}), "with ¥");
  EXPECT_EQ(format_of({"33%", "-1.5 %", "0%"}, {0.33, -0.015, 0}), "with %");
  EXPECT_EQ(format_of({"(1,806)", "371"}, {-1806, 371}), "with thousands \",\"");
  EXPECT_EQ(format_of({}, {}), "");
}

TEST(NumberFormat, IsThatOfAllCellsOrNone) {
  const std::vector<Cells> texts = {
      {"1,80"},           {"1,8060"},   {"0,123"},      {"1,234,5"},  {"1234,567"}, {",123"},
      {"1,,234"},         {"33%", "5"}, {"5", "33%"},   {"$5", "5"},  {"$5", "€5"}, {"$5%"},
      {"a", "5%"},        {"5%", "a%"}, {"%"},          {"$"},        {"()"},       {"(-$5)"},
      {"--$5"},           {"$--5"},     {"$nan"},       {"inf%"},     {"5%%"},      {"12 kg"},
      {"1,234", "1'234"}, {"12:30"},    {"2020-01-01"}, {"1.5", "x"}, {"$5$"},      {"1,234e2"}};
  for (const Cells& cells : texts) {
    EXPECT_EQ(detect_number_format(cells, '.'), std::nullopt) << cells[0];
  }
  EXPECT_EQ(detect_number_format(Cells{"1.80"}, ','), std::nullopt);
}

TEST(NumberFormat, IsStrictWhereItReads) {
  const NumberFormat percent{.percent = true};
  EXPECT_EQ(parse_number("33%", percent), 0.33);
  EXPECT_EQ(parse_number("33", percent), std::nullopt);
  const NumberFormat dollars{.thousands = ',', .currency = "$"};
  EXPECT_EQ(parse_number(" +$1,806 ", dollars), 1806);
  EXPECT_EQ(parse_number("1,806", dollars), std::nullopt);
  EXPECT_EQ(parse_number("$18,06", dollars), std::nullopt);
  EXPECT_EQ(parse_number("", dollars), std::nullopt);
}

std::string reason(std::string_view cell, const CsvDialect& dialect = {}) {
  return non_number_text(cell, dialect);
}

TEST(NonNumber, IsSaidByItsKind) {
  for (const char* cell : {"NA", "n/a", "NaN", "?", "NULL", "None", "-", "."}) {
    EXPECT_THAT(reason(cell), AllOf(HasSubstr("a missing value"), HasSubstr("data.missing")));
  }
  EXPECT_THAT(reason(" "), HasSubstr("empty cell, a missing value; set data.missing"));
  for (const char* cell : {"true", "FALSE", "yes", "No"}) {
    EXPECT_THAT(reason(cell), AllOf(HasSubstr("boolean"), HasSubstr("data.types")));
  }
  for (const char* cell : {"$5", "33%", "1,806.5", "12 kg", "5µm", "3.5kg", "7 €"}) {
    EXPECT_THAT(reason(cell), AllOf(HasSubstr("is a number with"), HasSubstr("column's name")));
  }
  EXPECT_THAT(reason("blue"), AllOf(HasSubstr("text \"blue\""), HasSubstr("\"categorical\""),
                                    HasSubstr("data.train.exclude"), HasSubstr("labels")));
  EXPECT_THAT(reason("2020-01-01"), HasSubstr("text"));
  EXPECT_THAT(reason("inf"), HasSubstr("expected finite numbers"));
  EXPECT_THAT(reason("1e300"), HasSubstr("does not fit float32"));
}

TEST(NonNumber, NamesTheDialectThatReadsIt) {
  EXPECT_THAT(reason("2,5"), AllOf(HasSubstr("has a comma; expected a decimal point"),
                                   HasSubstr("data.dialect.decimal to \",\"")));
  EXPECT_THAT(reason("1,234"), HasSubstr("if it separates thousands"));
  EXPECT_THAT(reason("2.5", {.separator = ';', .decimal = ','}),
              HasSubstr("data.dialect.decimal to \".\""));
  EXPECT_THAT(reason("1;2"), HasSubstr("data.dialect.separator to \";\""));
  EXPECT_THAT(reason("1\t2"), HasSubstr("data.dialect.separator to \"\\t\""));
  EXPECT_THAT(reason("1 2 3"), HasSubstr("data.dialect.separator to \" \""));
}

}  // namespace
}  // namespace ae
