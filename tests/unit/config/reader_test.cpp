#include "config/reader.h"

#include <gtest/gtest.h>

#include "config/writer.h"
#include "error_matchers.h"
#include "options.h"

namespace ae {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

auto reading(const std::string& text, const std::vector<std::string>& settings = {}) {
  return [text, settings] { read_text(text, settings); };
}

TEST(Reader, ReadsEveryType) {
  const TestOptions options = read_text(R"({
    "flag": true, "count": 10, "share": 0, "open": 1e-300, "text": "", "sizes": [3, 4.0],
    "words": ["a", "b"], "maybe_count": 1, "maybe_share": 0.25, "mode": "exact",
    "shape": {"type": "line", "length": 3, "colour": "blue"}, "margins": {"left": 4},
    "page": {"title": "x", "margins": {"right": 9}},
    "halts": [{"place": 3, "minutes": 7}, {"place": 2}]})");
  EXPECT_TRUE(options.flag);
  EXPECT_EQ(options.count, 10);
  EXPECT_EQ(options.share, 0);
  EXPECT_EQ(options.open, 1e-300);
  EXPECT_EQ(options.text, "");
  EXPECT_THAT(options.sizes, ElementsAre(3, 4));
  EXPECT_THAT(options.words, ElementsAre("a", "b"));
  EXPECT_EQ(options.maybe_count, 1);
  EXPECT_EQ(options.maybe_share, 0.25);
  EXPECT_EQ(options.mode, "exact");
  EXPECT_EQ(options.shape.type(), "line");
  EXPECT_EQ(options.shape.colour, "blue");
  EXPECT_EQ(options_json(options)["shape"]["length"], 3);
  EXPECT_EQ(options.margins.left, 4);
  EXPECT_EQ(options.margins.right, 1);
  ASSERT_TRUE(options.page);
  EXPECT_EQ(options.page->title, "x");
  EXPECT_EQ(options.page->margins.right, 9);
  ASSERT_EQ(options.halts.size(), 2u);
  EXPECT_EQ(options.halts[0].place, 3);
  EXPECT_EQ(options.halts[0].minutes, 7);
  EXPECT_EQ(options.halts[1].place, 2);
  EXPECT_EQ(options.halts[1].minutes, 0);  // the value of share
}

TEST(Reader, ReplacesAListWhole) {
  TestOptions options = read_text(R"({"halts": [{"place": 3, "minutes": 7}, {"place": 2}]})");
  read_options(parse_json(R"({"halts": [{"place": 5}]})", "b"), {"b", {}, {}}, options);
  ASSERT_EQ(options.halts.size(), 1u);
  EXPECT_EQ(options.halts[0].place, 5);
  EXPECT_EQ(options.halts[0].minutes, 0.5);
  read_options(Json::object(), {"b", {}, {}}, options);
  EXPECT_EQ(options.halts.size(), 1u);
  read_options(parse_json(R"({"halts": []})", "b"), {"b", {}, {}}, options);
  EXPECT_TRUE(options.halts.empty());
}

TEST(Reader, RefusesFaultsInAListByTheirPlace) {
  EXPECT_THAT(
      reading(R"({"halts": {"place": 1}})"),
      fails_on_usage("halts = {\"place\":1}; expected a list of at most 1000 objects [{…}, …]"));
  EXPECT_THAT(reading(R"({"halts": null})"),
              fails_on_usage("halts = null; expected a list of at most 1000 objects"));
  EXPECT_THAT(reading(R"({"halts": [{"place": 1}, 4]})"),
              fails_on_usage("test.json: halts[1] = 4; expected an object {…}"));
  EXPECT_THAT(reading(R"({"halts": [{"place": 1}, {"place": 10}]})"),
              fails_on_usage("halts[1].place = 10; expected an integer in [1, 9]"));
  EXPECT_THAT(reading(R"({"halts": [{"minutes": 3}]})"),
              fails_on_usage("halts[0].place is missing; expected an integer in [1, 9] (Where.)"));
  EXPECT_THAT(reading(R"({"halts": [{"place": 1, "minute": 3}]})"),
              fails_on_usage("unknown key \"minute\" in halts[0]; did you mean \"minutes\"?"));
  EXPECT_THAT(reading(R"({"minutes": 1})"), fails_on_usage("did you mean \"halts[].minutes\"?"));
}

TEST(Reader, KeepsDefaultsOfWhatIsNotGiven) {
  EXPECT_EQ(options_json(read_text("{}")), options_json(TestOptions()));
  EXPECT_FALSE(read_text("{}").page);
}

TEST(Reader, TakesNullForWhatMayBeAbsent) {
  const TestOptions options =
      read_text(R"({"maybe_count": null, "maybe_share": null, "page": null})");
  EXPECT_FALSE(options.maybe_count);
  EXPECT_FALSE(options.maybe_share);
  EXPECT_FALSE(options.page);
}

TEST(Reader, RefusesOtherTypes) {
  EXPECT_THAT(reading(R"({"flag": 1})"),
              fails_on_usage("test.json: flag = 1; expected true or false"));
  EXPECT_THAT(reading(R"({"count": "3"})"),
              fails_on_usage("count = \"3\"; expected an integer in [1, 10]"));
  EXPECT_THAT(reading(R"({"count": 2.5})"), fails_on_usage("count = 2.5; expected an integer"));
  EXPECT_THAT(reading(R"({"count": null})"), fails_on_usage("count = null; expected an integer"));
  EXPECT_THAT(reading(R"({"count": true})"), fails_on_usage("count = true; expected an integer"));
  EXPECT_THAT(reading(R"({"share": []})"),
              fails_on_usage("share = []; expected a number in [0, 1)"));
  EXPECT_THAT(reading(R"({"text": 7})"), fails_on_usage("text = 7; expected a string"));
  EXPECT_THAT(reading(R"({"sizes": 3})"),
              fails_on_usage("sizes = 3; expected a list of at most 1000 integers"));
  EXPECT_THAT(reading(R"({"sizes": [1, "x"]})"),
              fails_on_usage("sizes = [1,", "a list of at most 1000 integers"));
  EXPECT_THAT(reading(R"({"words": ["a", 0]})"), fails_on_usage("words", "a list of strings"));
  EXPECT_THAT(reading(R"({"maybe_count": "1"})"),
              fails_on_usage("maybe_count", "at least 1 and at most 2^53, or null"));
  EXPECT_THAT(reading(R"({"margins": 3})"), fails_on_usage("margins = 3; expected an object {…}"));
  EXPECT_THAT(reading(R"({"margins": null})"),
              fails_on_usage("margins = null; expected an object"));
  EXPECT_THAT(reading(R"({"page": "x"})"), fails_on_usage("page = \"x\"; expected an object"));
  EXPECT_THAT(reading("[]"), fails_on_usage("test.json: expected an object"));
}

TEST(Reader, RefusesWhatIsOutOfRange) {
  EXPECT_THAT(reading(R"({"count": 0})"),
              fails_on_usage("count = 0; expected an integer in [1, 10]"));
  EXPECT_THAT(reading(R"({"count": 11})"), fails_on_usage("count = 11"));
  EXPECT_THAT(reading(R"({"share": 1})"), fails_on_usage("share = 1; expected a number in [0, 1)"));
  EXPECT_THAT(reading(R"({"share": -1e-9})"), fails_on_usage("share = -1e-09"));
  EXPECT_THAT(reading(R"({"open": 0})"), fails_on_usage("open = 0; expected a number above 0"));
  EXPECT_THAT(reading(R"({"sizes": [1, 0]})"), fails_on_usage("each of at least 1"));
  EXPECT_THAT(reading(R"({"maybe_share": 0})"), fails_on_usage("a number in (0, 1), or null"));
  EXPECT_THAT(reading(R"({"maybe_share": 1})"), fails_on_usage("maybe_share = 1"));
  EXPECT_THAT(reading(R"({"maybe_count": 9007199254740994})"), fails_on_usage("maybe_count"));
  EXPECT_THAT(reading(R"({"maybe_count": 18446744073709551615})"), fails_on_usage("maybe_count"));
  EXPECT_THAT(reading(R"({"maybe_count": 1e400})"), fails_on_usage("test.json: not valid JSON"));
}

TEST(Reader, RefusesListsOfMoreThan1000Items) {
  const auto list = [](const char* name, const char* item, size_t size) {
    std::string text;
    for (size_t i = 0; i < size; ++i) text += std::string(i == 0 ? "" : ",") + item;
    return fmt::format(R"({{"{}": [{}]}})", name, text);
  };
  EXPECT_EQ(read_text(list("sizes", "1", 1000)).sizes.size(), 1000);
  EXPECT_THAT(reading(list("sizes", "1", 1001)), fails_on_usage("a list of at most 1000 integers"));
}

TEST(Reader, TakesTheClosedEndsOfRanges) {
  EXPECT_EQ(read_text(R"({"count": 1})").count, 1);
  EXPECT_EQ(read_text(R"({"count": 10})").count, 10);
  EXPECT_EQ(read_text(R"({"maybe_count": 9007199254740992})").maybe_count, int64_t{1} << 53);
}

TEST(Reader, RefusesAnUnknownChoice) {
  EXPECT_THAT(
      reading(R"({"mode": "exct"})"),
      fails_on_usage("mode = \"exct\"; expected one of fast, exact; did you mean \"exact\"?"));
}

TEST(Reader, AsksForWhatIsRequired) {
  EXPECT_THAT(reading(R"({"page": {}})"),
              fails_on_usage("test.json: page.title is missing; expected a non-empty string",
                             "stands on top"));
  EXPECT_THAT(reading(R"({"page": {"title": ""}})"), fails_on_usage("page.title = \"\""));
  // A required option may be missing because its group is misspelt.
  EXPECT_THAT(reading(R"({"page": {}, "cuont": 3})"), fails_on_usage("unknown key \"cuont\""));
}

TEST(Reader, RefusesUnknownKeys) {
  EXPECT_THAT(reading(R"({"a\u0000b\n": 3})"), fails_on_usage(R"(unknown key "a\u0000b\n")"));
  EXPECT_THAT(reading(R"({"cuont": 3})"),
              fails_on_usage("test.json: unknown key \"cuont\"; did you mean \"count\"?"));
  EXPECT_THAT(reading(R"({"margins": {"lefd": 3}})"),
              fails_on_usage("unknown key \"lefd\" in margins; did you mean \"left\"?"));
  EXPECT_THAT(reading(R"({"margins": {"banana": 3}})"),
              fails_on_usage("unknown key \"banana\" in margins; allowed here: left, right"));
  // A misspelling of a required key is reported rather than the key's absence.
  EXPECT_THAT(reading(R"({"page": {"titel": "x"}})"), fails_on_usage("did you mean \"title\"?"));
}

TEST(Reader, SaysWhereAMisplacedKeyBelongs) {
  EXPECT_THAT(reading(R"({"radius": 3})"),
              fails_on_usage("unknown key \"radius\"; did you mean \"shape.radius\"?"));
  EXPECT_THAT(reading(R"({"shape": {"title": 3}})"),
              fails_on_usage("\"title\" in shape; did you mean \"page.title\"?"));
}

TEST(Reader, ReadsPartsAsTextOrObject) {
  EXPECT_EQ(read_text(R"({"shape": "line"})").shape.type(), "line");
  EXPECT_EQ(read_text(R"({"shape": {"type": "line"}})").shape.type(), "line");
  const TestOptions options = read_text(R"({"shape": {"radius": 4}})");  // of the default type
  EXPECT_EQ(options.shape.type(), "circle");
  EXPECT_EQ(options_json(options)["shape"]["radius"], 4.0);
  EXPECT_EQ(read_text(R"({"shape": {"colour": "green"}})").shape.colour, "green");
}

TEST(Reader, RefusesWhatIsNoPart) {
  EXPECT_THAT(
      reading(R"({"shape": "lien"})"),
      fails_on_usage("shape = \"lien\"; expected one of circle, line; did you mean \"line\"?"));
  EXPECT_THAT(reading(R"({"shape": {"type": 3}})"),
              fails_on_usage("shape.type = 3; expected one of circle"));
  EXPECT_THAT(reading(R"({"shape": 3})"),
              fails_on_usage("shape = 3", "or an object with \"type\""));
  EXPECT_THAT(reading(R"({"shape": null})"), fails_on_usage("shape = null"));
  // An option of the other type.
  EXPECT_THAT(reading(R"({"shape": {"type": "line", "radius": 3}})"),
              fails_on_usage("\"radius\" in shape"));
}

TEST(Reader, NamesTheCommandLineWhereAValueIsFromThere) {
  EXPECT_THAT(reading("{}", {"count=99"}), fails_on_usage("--set: count = 99"));
  EXPECT_THAT(reading("{}", {"cuont=3"}), fails_on_usage("--set: unknown key \"cuont\""));
  EXPECT_THAT(reading(R"({"share": 3})", {"count=2"}), fails_on_usage("test.json: share = 3"));
  EXPECT_THAT(reading(R"({"halts": [{"place": 1}]})", {"halts[0].minutes=-1"}),
              fails_on_usage("--set: halts[0].minutes = -1"));
}

TEST(Reader, CopiesOfOptionsDoNotShareTheirParts) {
  const TestOptions first = read_text(R"({"shape": {"radius": 4}})");
  TestOptions second = first;
  read_options(parse_json(R"({"shape": {"radius": 8}})", "b"), {"b", {}, {}}, second);
  EXPECT_EQ(options_json(first)["shape"]["radius"], 4.0);
  EXPECT_EQ(options_json(second)["shape"]["radius"], 8.0);
}

TEST(Writer, WritesWhatTheReaderReads) {
  for (const char* text : {
           "{}",
           R"({"shape": "line", "maybe_count": 3, "page": {"title": "x"}})",
           R"({"share": 0.1, "open": 0.30000000000000004, "sizes": [], "words": ["ä\n\""],
               "shape": {"radius": 1e-17, "colour": ""}, "margins": {"right": 0}})",
           R"({"share": 0.25, "halts": [{"place": 4}, {"place": 5, "minutes": 1e-3}]})",
       }) {
    const Json written = options_json(read_text(text));
    EXPECT_EQ(options_json(read_text(written.dump())), written) << text;
  }
}

TEST(Writer, FillsInEveryDefaultInOrder) {
  Json json = options_json(TestOptions());
  std::vector<std::string> keys;
  for (const auto& [key, value] : json.items()) keys.push_back(key);
  EXPECT_THAT(keys,
              ElementsAre("flag", "count", "share", "open", "text", "sizes", "words", "maybe_count",
                          "maybe_share", "mode", "shape", "margins", "page", "halts"));
  EXPECT_EQ(json["shape"], (Json{{"type", "circle"}, {"radius", 2.0}, {"colour", "red"}}));
  EXPECT_TRUE(json["maybe_count"].is_null());
  EXPECT_THAT(json["words"], IsEmpty());
  EXPECT_EQ(json["halts"], Json::array());
  EXPECT_EQ(options_json(read_text(R"({"halts": [{"place": 4}]})"))["halts"],
            Json::array({{{"place", 4}, {"minutes", 0.5}}}));
}

}  // namespace
}  // namespace ae
