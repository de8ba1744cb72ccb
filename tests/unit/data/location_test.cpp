#include "data/location.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "error_matchers.h"
#include "temp_dir.h"

namespace ae {
namespace {

using testing::ElementsAre;

/// Sets AE_DATA_ROOT for the duration of a test.
class DataRoot {
 public:
  explicit DataRoot(const char* value) { setenv("AE_DATA_ROOT", value, 1); }
  ~DataRoot() { unsetenv("AE_DATA_ROOT"); }
  DataRoot(const DataRoot&) = delete;
  DataRoot& operator=(const DataRoot&) = delete;
};

TEST(DataLocations, AreTheCommandLinesTheEnvironmentsTheConfigsFolderAndTheWorkingDirectory) {
  unsetenv("AE_DATA_ROOT");
  EXPECT_THAT(DataLocations::of("root", "configs").folders,
              ElementsAre("root", "configs", ".", "data"));
  EXPECT_THAT(DataLocations::of("", "configs").folders, ElementsAre("configs", ".", "data"));
  EXPECT_THAT(DataLocations::of("", "").folders, ElementsAre(".", "data"));
  const DataRoot root("elsewhere");
  EXPECT_THAT(DataLocations::of("root", "configs").folders,
              ElementsAre("root", "elsewhere", "configs", ".", "data"));
  EXPECT_THAT(DataLocations::of("", "configs").folders,
              ElementsAre("elsewhere", "configs", ".", "data"));
}

TEST(DataLocations, TakeAnEmptyEnvironmentForNone) {
  const DataRoot root("");
  EXPECT_THAT(DataLocations::of("", "configs").folders, ElementsAre("configs", ".", "data"));
}

TEST(DataLocations, FindTheFirstThatIsThere) {
  const TempDir first;
  const TempDir second;
  const DataLocations locations{{first.path(), second.path()}};
  second.write("a.csv", "1");
  EXPECT_EQ(locations.find("a.csv"), second / "a.csv");
  first.write("a.csv", "1");
  EXPECT_EQ(locations.find("a.csv"), first / "a.csv");
  EXPECT_EQ(locations.find((second / "a.csv").string()), second / "a.csv");
}

TEST(DataLocations, NameEveryPlaceLookedIn) {
  const DataLocations locations{{"here", "there"}};
  EXPECT_THAT(
      [&] { locations.find("x/y.csv"); },
      fails_on_data("x/y.csv: no such file", "here/x/y.csv and there/x/y.csv", "--data-root"));
  EXPECT_THAT([&] { locations.find("/no/such/file.csv"); },
              fails_on_data("/no/such/file.csv: no such file"));
}

}  // namespace
}  // namespace ae
