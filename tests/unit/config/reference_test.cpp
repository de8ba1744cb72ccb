#include "config/reference.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <sstream>

#include "options.h"

namespace ae {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsSupersetOf;
using testing::Not;

TEST(OptionPaths, HoldEveryOptionOfEveryType) {
  const std::vector<std::string> paths = option_paths(TestOptions());
  EXPECT_THAT(paths, IsSupersetOf({"flag", "maybe_share", "shape", "shape.radius", "shape.length",
                                   "shape.colour", "margins", "margins.left", "page", "page.title",
                                   "page.margins.right", "halts", "halts[].place"}));
  EXPECT_EQ(std::count(paths.begin(), paths.end(), "shape.colour"), 1);
}

TEST(Explain, HoldsEveryPath) {
  const std::string text = explain(TestOptions());
  for (const std::string& path : option_paths(TestOptions())) EXPECT_THAT(text, HasSubstr(path));
}

TEST(Explain, SaysValueDefaultAndMeaning) {
  const std::string text = explain(TestOptions());
  EXPECT_THAT(text, HasSubstr("count\n    (an integer in [1, 10]; default 5)\n    A number of"));
  EXPECT_THAT(text,
              HasSubstr("page.title\n    (a non-empty string; required)\n    What stands on top."));
  EXPECT_THAT(text, HasSubstr("shape\n    (one of circle, line; default \"circle\")"));
  EXPECT_THAT(text, HasSubstr("\"line\": straight"));
  EXPECT_THAT(text, HasSubstr("page\n    (object; absent unless given)"));
  EXPECT_THAT(text, HasSubstr("halts\n    (a list of objects; default [])\n    Where to halt."));
  TestOptions halting;
  halting.halts = {{.place = 3, .minutes = 1}};
  EXPECT_THAT(explain(halting), HasSubstr("default [{\"place\":3,\"minutes\":1.0}])"));
}

TEST(Explain, KeepsToAPrefix) {
  EXPECT_THAT(explain(TestOptions(), "shape.radius"), HasSubstr("shape.radius\n"));
  EXPECT_THAT(explain(TestOptions(), "shape.radius"), Not(HasSubstr("shape.colour")));
  EXPECT_THAT(explain(TestOptions(), "margins"), HasSubstr("margins.left"));
  EXPECT_THAT(explain(TestOptions(), "margins"), Not(HasSubstr("page")));
  EXPECT_THAT(explain(TestOptions(), "halts"), HasSubstr("halts[].minutes"));
  EXPECT_EQ(explain(TestOptions(), "halts[].place"),
            "halts[].place\n    (an integer in [1, 9]; required)\n    Where.\n");
  EXPECT_EQ(explain(TestOptions(), "halt"), "");
  EXPECT_EQ(explain(TestOptions(), "margin"), "");
  EXPECT_EQ(explain(TestOptions(), "shape.radius.x"), "");
}

TEST(Explain, WrapsItsLines) {
  struct Wordy {
    bool x = false;
    std::string help =
        std::string(40, 'a') + " " + std::string(60, 'b') + " " + std::string(9, 'c');
    void visit(OptionVisitor& visitor) { visitor.option("x", x, help.c_str()); }
  };
  EXPECT_THAT(explain(Wordy()), HasSubstr(std::string(40, 'a') + "\n    " + std::string(60, 'b') +
                                          " " + std::string(9, 'c') + "\n"));
}

TEST(JsonSchema, DescribesLeaves) {
  Json properties = json_schema(TestOptions())["properties"];
  EXPECT_EQ(properties["count"]["type"], "integer");
  EXPECT_EQ(properties["count"]["minimum"], 1);
  EXPECT_EQ(properties["count"]["maximum"], 10);
  EXPECT_EQ(properties["count"]["default"], 5);
  EXPECT_EQ(properties["count"]["description"], "A number of things.");
  EXPECT_EQ(properties["share"]["exclusiveMaximum"], 1);
  EXPECT_EQ(properties["open"]["exclusiveMinimum"], 0);
  EXPECT_EQ(properties["open"]["maximum"], std::numeric_limits<float>::max());
  EXPECT_EQ(properties["sizes"]["items"]["minimum"], 1);
  EXPECT_EQ(properties["mode"]["enum"], Json::array({"fast", "exact"}));
  EXPECT_EQ(properties["maybe_count"]["anyOf"][1]["type"], "null");
}

TEST(JsonSchema, IsAsStrictAsTheReader) {
  Json schema = json_schema(TestOptions());
  EXPECT_EQ(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
  EXPECT_EQ(schema["type"], "object");
  EXPECT_EQ(schema["additionalProperties"], false);
  EXPECT_FALSE(schema.contains("required"));
  EXPECT_EQ(schema["properties"]["$schema"]["type"], "string");  // by which editors find it
  EXPECT_EQ(schema["properties"]["margins"]["additionalProperties"], false);
  Json page = schema["properties"]["page"]["anyOf"][0];
  EXPECT_EQ(page["required"], Json::array({"title"}));
}

TEST(JsonSchema, DescribesTheItemsOfAList) {
  TestOptions halting;
  halting.halts = {{.place = 3, .minutes = 1}};
  Json halts = json_schema(halting)["properties"]["halts"];
  EXPECT_EQ(halts["type"], "array");
  EXPECT_EQ(halts["description"], "Where to halt.");
  EXPECT_EQ(halts["default"], Json::array({{{"place", 3}, {"minutes", 1.0}}}));
  EXPECT_EQ(halts["items"]["required"], Json::array({"place"}));
  EXPECT_EQ(halts["items"]["additionalProperties"], false);
  EXPECT_EQ(halts["items"]["properties"]["minutes"]["default"], 0.5);
}

TEST(JsonSchema, RequiresAGroupThatHoldsSomethingRequired) {
  struct Book {
    Page page;
    void visit(OptionVisitor& visitor) { visitor.group("page", page, "The page."); }
  };
  EXPECT_EQ(json_schema(Book())["required"], Json::array({"page"}));
}

TEST(JsonSchema, OffersThePartsAsTextOrObject) {
  Json shape = json_schema(TestOptions())["properties"]["shape"];
  ASSERT_EQ(shape["anyOf"].size(), 3u);
  EXPECT_EQ(shape["anyOf"][0]["enum"], Json::array({"circle", "line"}));
  EXPECT_EQ(shape["anyOf"][1]["properties"]["type"]["const"], "circle");
  EXPECT_TRUE(shape["anyOf"][1]["properties"].contains("radius"));
  EXPECT_TRUE(shape["anyOf"][1]["properties"].contains("colour"));
  EXPECT_FALSE(shape["anyOf"][2]["properties"].contains("radius"));
  EXPECT_EQ(shape["default"], "circle");
}

}  // namespace
}  // namespace ae
