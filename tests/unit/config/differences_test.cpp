#include "config/differences.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ae {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Differences, AreOfEachValueWithItsPath) {
  const Json was = {{"a", 1}, {"b", {{"c", "x"}, {"d", {1, 2}}}}, {"only", true}};
  const Json is = {{"a", 1}, {"b", {{"c", "y"}, {"d", {1, 3}}}}, {"other", 5}};
  EXPECT_THAT(differences(was, is),
              ElementsAre("b.c was \"x\" and is now \"y\"", "b.d was [1,2] and is now [1,3]",
                          "only was true and is now null", "other was null and is now 5"));
  EXPECT_THAT(differences(was, was), IsEmpty());
}

TEST(Differences, LeaveOutWhatIsIgnored) {
  const Json was = {{"a", 1}, {"b", {{"c", "x"}}}};
  const Json is = {{"a", 2}, {"b", {{"c", "y"}}}};
  EXPECT_THAT(differences(was, is, "", [](const std::string& path) { return path == "b"; }),
              ElementsAre("a was 1 and is now 2"));
  EXPECT_THAT(differences(was, is, "model"),
              ElementsAre("model.a was 1 and is now 2", "model.b.c was \"x\" and is now \"y\""));
}

TEST(JoinedBriefly, SaysHowManyMoreThereAre) {
  EXPECT_EQ(joined_briefly({"a", "b"}), "a; b");
  EXPECT_EQ(joined_briefly({"a", "b", "c", "d"}, 2), "a; b; and 2 more");
}

}  // namespace
}  // namespace ae
