#include "config/json.h"

#include <gtest/gtest.h>

#include "error_matchers.h"

namespace ae {
namespace {

auto parsing(const std::string& text) {
  return [text] { parse_json(text, "a.json"); };
}

TEST(ParseJson, AllowsComments) {
  Json json = parse_json("// what\n{\"a\": /* why */ 1 // how\n}", "a.json");
  EXPECT_EQ(json["a"], 1);
}

TEST(ParseJson, RefusesWhatIsNotJson) {
  EXPECT_THAT(parsing("{\n  \"a\" \"b\"\n}"),
              fails_on_usage("a.json: not valid JSON", "line 2, column 9"));
  EXPECT_THAT(parsing(""), fails_on_usage("a.json: not valid JSON"));
  EXPECT_THAT(parsing("{} {}"), fails_on_usage("a.json: not valid JSON"));
  EXPECT_THAT(parsing("{\"a\": 1,}"), fails_on_usage("not valid JSON"));
  EXPECT_THAT(parsing(std::string("{}\0 more", 8)), fails_on_usage("a NUL character at byte 2"));
  EXPECT_THAT(parsing("{\"a\": NaN}"), fails_on_usage("not valid JSON"));
  EXPECT_THAT(parsing("\"\xff\""), fails_on_usage("not valid JSON"));
  EXPECT_THAT(parsing("{\"a\": \"x\n\n\n\"}"), fails_on_usage("not valid JSON"));
}

TEST(ParseJson, NamesTheKeyOfANumberBeyondRange) {
  EXPECT_THAT(parsing(R"({"a": 1, "b": {"c": 1e999}})"),
              fails_on_usage("a.json: not valid JSON", "1e999", "at key \"b.c\""));
}

TEST(ParseJson, RefusesAKeyGivenTwice) {
  EXPECT_THAT(parsing(R"({"a": 1, "a": 2})"), fails_on_usage("a.json: key \"a\" is given twice"));
  EXPECT_THAT(parsing(R"({"a": {"b": 1}, "c": {"d": {"e": 1, "f": 2, "e": 3}}})"),
              fails_on_usage("key \"c.d.e\" is given twice"));
  EXPECT_THAT(parsing(R"([{"a": 1}, {"a": 1, "a": 1}])"), fails_on_usage("\"a\" is given twice"));
  EXPECT_NO_THROW(parse_json(R"([{"a": {"a": 1}}, {"a": 2}])", "a.json"));
}

TEST(ParseJson, RefusesBottomlessNesting) {
  const auto nested = [](size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_NO_THROW(parse_json(nested(64), "a.json"));
  EXPECT_THAT(parsing(nested(70)), fails_on_usage("a.json: nested deeper than 64 levels"));
  EXPECT_THAT(parsing(std::string(1'000'000, '[')), fails_on_usage("nested deeper"));
  EXPECT_THAT(parsing("{\"a\": {\"b\": " + std::string(100, '[')),
              fails_on_usage("at key \"a.b\""));
}

/// Takes linear time; quadratic time would be hours.
TEST(ParseJson, TakesAMillionObjects) {
  std::string text = "[{}";
  for (int i = 1; i < 1'000'000; ++i) text += ",{}";
  EXPECT_EQ(parse_json(text + "]", "a").size(), 1'000'000U);
}

TEST(ParseJson, RefusesMoreKeysAndValuesThanAProgramWrites) {
  std::string keys = "{\"k\": 0";
  for (int i = 0; i < 4096; ++i) keys += ", \"" + std::to_string(i) + "\": 0";
  EXPECT_THAT([&] { parse_json(keys + "}", "a"); },
              fails_with(ErrorKind::usage, "a: an object has more than 4096 keys"));
  std::string values = "[1";
  for (int i = 0; i < (4 << 20); ++i) values += ",1";
  EXPECT_THAT([&] { parse_json(values + "]", "a"); },
              fails_with(ErrorKind::usage, "a: holds more than 4194304 values"));
}

TEST(ParseJson, KeepsTheOrderOfKeys) {
  EXPECT_EQ(parse_json(R"({"z": 1, "a": 2, "m": 3})", "a.json").dump(), R"({"z":1,"a":2,"m":3})");
}

TEST(Brief, IsCutBetweenCharacters) {
  EXPECT_EQ(brief(Json("short")), "\"short\"");
  EXPECT_EQ(brief(Json("abcdef"), 4), "\"abc…");
  EXPECT_EQ(brief(Json("aää"), 4), "\"aä…");
  EXPECT_EQ(brief(Json("aää"), 5), "\"aä…");
  EXPECT_EQ(brief(Json("a\xff")), "\"a\xEF\xBF\xBD\"");
  EXPECT_EQ(brief(Json("a\nb")), "\"a\\nb\"");
}

}  // namespace
}  // namespace ae
