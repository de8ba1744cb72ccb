#include "io/free_space.h"

#include <gtest/gtest.h>

#include <limits>

#include "error_matchers.h"
#include "temp_dir.h"

namespace ae {
namespace {

TEST(FreeSpace, IsCheckedWhereTheSystemCanTell) {
  const TempDir dir;
  check_free_space(dir.path(), 1);
  EXPECT_THAT([&] { check_free_space(dir.path(), std::numeric_limits<uint64_t>::max() / 2); },
              fails_on_data(dir.path().string() + ": ", " MB are needed and ", "free some space"));
  // A missing folder is reported on writing.
  check_free_space(dir / "absent", std::numeric_limits<uint64_t>::max() / 2);
}

}  // namespace
}  // namespace ae
