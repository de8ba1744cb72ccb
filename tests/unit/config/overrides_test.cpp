#include "config/overrides.h"

#include <gtest/gtest.h>

#include "error_matchers.h"
#include "options.h"

namespace ae {
namespace {

using testing::ElementsAre;

Json overridden(const std::string& text, const std::vector<std::string>& settings) {
  Json json = parse_json(text, "a.json");
  apply_overrides(json, settings);
  return json;
}

Json merged(const std::string& below, const std::string& above) {
  return layered(parse_json(below, "below"), parse_json(above, "above"));
}

TEST(ApplyOverrides, TakesJsonOrElseText) {
  EXPECT_EQ(overridden("{}", {"a=2"})["a"], 2);
  EXPECT_EQ(overridden("{}", {"a=1e-3"})["a"], 1e-3);
  EXPECT_EQ(overridden("{}", {"a=true"})["a"], true);
  EXPECT_EQ(overridden("{}", {"a=null"})["a"], nullptr);
  EXPECT_EQ(overridden("{}", {"a=[1, 2]"})["a"], Json::array({1, 2}));
  EXPECT_EQ(overridden("{}", {R"(a={"type": "x"})"})["a"]["type"], "x");
  EXPECT_EQ(overridden("{}", {"a=l1"})["a"], "l1");
  EXPECT_EQ(overridden("{}", {"a=\"7\""})["a"], "7");
  EXPECT_EQ(overridden("{}", {"a="})["a"], "");
  EXPECT_EQ(overridden("{}", {"a=b=c"})["a"], "b=c");
}

TEST(ApplyOverrides, ReachesNestedKeys) {
  EXPECT_EQ(overridden(R"({"a": {"b": 1, "c": 2}})", {"a.b=3"}),
            (Json{{"a", {{"b", 3}, {"c", 2}}}}));
  EXPECT_EQ(overridden("{}", {"a.b.c=3"})["a"]["b"]["c"], 3);
  EXPECT_EQ(overridden(R"({"a": null})", {"a.b=3"})["a"]["b"], 3);
}

TEST(ApplyOverrides, ReachesItemsOfLists) {
  EXPECT_EQ(overridden(R"({"a": {"b": [{"c": 1}, {"c": 2}]}})", {"a.b[1].c=3"}),
            (Json{{"a", {{"b", Json::array({{{"c", 1}}, {{"c", 3}}})}}}}));
  EXPECT_EQ(overridden(R"({"a": [4, 5]})", {"a[0]=6"})["a"], Json::array({6, 5}));
  EXPECT_EQ(overridden(R"({"a": ["l1"]})", {"a[0].weight=3"})["a"][0]["weight"], 3);
}

TEST(ApplyOverrides, RefusesItemsThatAreNotThere) {
  const std::string list = R"({"a": [4, 5], "b": 7})";
  EXPECT_THAT([&] { overridden(list, {"a[2]=1"}); },
              fails_on_usage("--set a[2]=1: there is no a[2] in the config; a is [4,5]"));
  EXPECT_THAT([&] { overridden(list, {"b[0]=1"}); }, fails_on_usage("b is 7"));
  EXPECT_THAT([&] { overridden(list, {"c[0].d=1"}); }, fails_on_usage("no c[0]", "c is not given"));
  for (const char* step : {"a[]", "a[-1]", "a[x]", "a[1e0]", "a[99999999999999999999]"}) {
    EXPECT_THAT([&] { overridden(list, {std::string(step) + "=1"}); },
                fails_on_usage(std::string("there is no ") + step));
  }
}

TEST(ApplyOverrides, KeepsThePartThatATextStandsFor) {
  EXPECT_EQ(overridden(R"({"a": "l1"})", {"a.weight=3"}),
            (Json{{"a", {{"type", "l1"}, {"weight", 3}}}}));
}

TEST(ApplyOverrides, AppliesInOrderAndNamesThePaths) {
  Json json = Json::object();
  EXPECT_THAT(apply_overrides(json, {"a=1", "b.c=2", "a=3"}), ElementsAre("a", "b.c"));
  EXPECT_EQ(json["a"], 3);
}

TEST(ApplyOverrides, RefusesWhatIsNoSetting) {
  EXPECT_THAT([] { overridden("{}", {"a"}); }, fails_on_usage("--set a: expected KEY=VALUE"));
  EXPECT_THAT([] { overridden("{}", {"=1"}); }, fails_on_usage("--set =1: expected KEY=VALUE"));
  EXPECT_THAT([] { overridden("{}", {"a..b=1"}); },
              fails_on_usage("--set a..b=1: expected KEY=VALUE"));
  EXPECT_THAT([] { overridden("{}", {"a.=1"}); }, fails_on_usage("--set a.=1"));
  EXPECT_THAT([] { overridden(R"({"a": 5})", {"a.b=1"}); },
              fails_on_usage("--set a.b=1: b is inside 5, which is not an object"));
  EXPECT_THAT([] { overridden("{}", {R"(a={"b": 1, "b": 2})"}); },
              fails_on_usage("--set", "given twice"));
}

TEST(Layered, GivesTheUpperLayerTheLastWord) {
  EXPECT_EQ(merged(R"({"a": 1, "b": {"c": 2, "d": 3}})", R"({"b": {"c": 9}, "e": 4})"),
            parse_json(R"({"a": 1, "b": {"c": 9, "d": 3}, "e": 4})", ""));
  EXPECT_EQ(merged(R"({"a": [1, 2]})", R"({"a": [3]})")["a"], Json::array({3}));
  EXPECT_EQ(merged(R"({"a": {"b": 1}})", R"({"a": null})")["a"], nullptr);
  EXPECT_EQ(merged("{}", R"({"a": 1})")["a"], 1);
}

TEST(Layered, KeepsOptionsOfThePartOfTheSameType) {
  const std::string below = R"({"a": {"type": "l1", "weight": 3}})";
  EXPECT_EQ(merged(below, R"({"a": {"type": "l1"}})")["a"]["weight"], 3);
  EXPECT_EQ(merged(below, R"({"a": "l1"})")["a"], (Json{{"type", "l1"}, {"weight", 3}}));
  EXPECT_EQ(merged(below, R"({"a": {"weight": 5}})")["a"], (Json{{"type", "l1"}, {"weight", 5}}));
}

TEST(Layered, ReplacesAPartOfAnotherTypeWhole) {
  const std::string below = R"({"a": {"type": "l1", "weight": 3}})";
  EXPECT_EQ(merged(below, R"({"a": {"type": "kl"}})")["a"], (Json{{"type", "kl"}}));
  EXPECT_EQ(merged(below, R"({"a": "kl"})")["a"], (Json{{"type", "kl"}}));
}

}  // namespace
}  // namespace ae
