#include "data/options.h"

#include <gtest/gtest.h>

#include "config/reader.h"
#include "config/reference.h"
#include "config/writer.h"
#include "error_matchers.h"

namespace ae {
namespace {

DataOptions read(const std::string& text) {
  DataOptions options;
  read_options(parse_json(text, "a.json"), {"a.json", {}, option_paths(DataOptions())}, options);
  options.check("a.json");
  return options;
}

auto reading(const std::string& text) {
  return [text] { read(text); };
}

auto with_validation(const std::string& validation) {
  return reading(R"({"train": {"path": "a.csv"}, "validation": )" + validation + "}");
}

auto with_scale(const std::string& scale) {
  return R"({"train": {"path": "a.csv"}, "scale": )" + scale + "}";
}

TEST(DataOptions, NeedsTrainingData) {
  EXPECT_THAT(reading("{}"),
              fails_on_usage("a.json: train.path is missing", "expected a non-empty string"));
  EXPECT_EQ(read(R"({"train": {"path": "a.csv", "labels": "y"}})").train.labels, "y");
}

TEST(DataOptions, TakesOneWayOfValidation) {
  EXPECT_EQ(
      read(R"({"train": {"path": "a"}, "validation": {"fraction": 0.1}})").validation->fraction,
      0.1);
  EXPECT_EQ(read(R"({"train": {"path": "a"}, "validation": {"last": 4}})").validation->last, 4);
  const DataOptions own = read(
      R"({"train": {"path": "a"}, "validation": {"path": "b", "labels": "c", "exclude": ["d"]}})");
  const SourceOptions source = *own.validation->source();
  EXPECT_EQ(source.path, "b");
  EXPECT_EQ(source.labels, "c");
  EXPECT_EQ(source.exclude, std::vector<std::string>{"d"});
}

TEST(DataOptions, RefusesContradictingValidation) {
  EXPECT_THAT(with_validation("{}"),
              fails_on_usage("exactly one of fraction, last, rows and path; got none"));
  EXPECT_THAT(with_validation(R"({"fraction": 0.1, "last": 3})"), fails_on_usage("got several"));
  EXPECT_THAT(with_validation(R"({"fraction": 0.1, "path": "b"})"), fails_on_usage("got several"));
  EXPECT_THAT(with_validation(R"({"last": 3, "labels": "y"})"),
              fails_on_usage("data.validation.labels", "need data.validation.path"));
  EXPECT_THAT(with_validation(R"({"last": 3, "exclude": ["y"]})"),
              fails_on_usage("data.validation.path"));
  EXPECT_THAT(with_validation(R"({"fraction": 1})"), fails_on_usage("a number in (0, 1), or null"));
  EXPECT_THAT(with_validation(R"({"last": 0})"), fails_on_usage("an integer of at least 1"));
}

TEST(DataOptions, LimitsTheShapesRank) {
  EXPECT_THAT(reading(R"({"train": {"path": "a"}, "shape": [1, 2, 3, 4]})"),
              fails_on_usage("data.shape has 4 sizes; expected at most 3"));
}

TEST(ScaleOption, ReadsItsFourForms) {
  using Kind = ScaleOption::Kind;
  EXPECT_EQ(read(with_scale("\"auto\"")).scale.kind, Kind::automatic);
  EXPECT_EQ(read(with_scale("\"none\"")).scale.kind, Kind::none);
  const ScaleOption divisor = read(with_scale("16")).scale;
  EXPECT_EQ(divisor.kind, Kind::divisor);
  EXPECT_EQ(divisor.high, 16);
  const ScaleOption range = read(with_scale("[-1, 3.5]")).scale;
  EXPECT_EQ(range.kind, Kind::range);
  EXPECT_EQ(range.low, -1);
  EXPECT_EQ(range.high, 3.5);
}

TEST(ScaleOption, RefusesTheRest) {
  for (const char* scale : {"0", "-1", "[1, 1]", "[2, 1]", "[1]", "[1, 2, 3]", "[\"a\", 1]", "null",
                            "true", "\"max\"", "{}"}) {
    EXPECT_THAT(
        reading(with_scale(scale)),
        fails_on_usage("scale = ", "expected \"auto\", \"none\", a number above 0, or [min, max]"))
        << scale;
  }
}

TEST(ScaleOption, IsWrittenAsItIsRead) {
  for (const char* scale : {"\"auto\"", "\"none\"", "16.0", "[-1.0,3.5]"}) {
    EXPECT_EQ(options_json(read(with_scale(scale)))["scale"].dump(), scale);
  }
}

}  // namespace
}  // namespace ae
