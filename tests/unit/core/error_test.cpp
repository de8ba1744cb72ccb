#include "core/error.h"

#include <gtest/gtest.h>

#include "core/log.h"
#include "error_matchers.h"

namespace ae {
namespace {

TEST(Error, HasTheDocumentedExitCodes) {
  EXPECT_EQ(exit_code(ErrorKind::internal), 1);
  EXPECT_EQ(exit_code(ErrorKind::usage), 2);
  EXPECT_EQ(exit_code(ErrorKind::data), 3);
  EXPECT_EQ(exit_code(ErrorKind::diverged), 4);
  EXPECT_EQ(exit_code(ErrorKind::time_limit), 5);
}

TEST(Error, IsMadeOfAKindAndAMessage) {
  EXPECT_EQ(internal_error("x").kind(), ErrorKind::internal);
  EXPECT_EQ(usage_error("x").kind(), ErrorKind::usage);
  EXPECT_EQ(data_error("x").kind(), ErrorKind::data);
  EXPECT_EQ(diverged_error("x").kind(), ErrorKind::diverged);
  EXPECT_STREQ(data_error("{}: row {}", "a.csv", 3).what(), "a.csv: row 3");
}

TEST(Log, RefusesAnUnknownLevel) {
  EXPECT_THAT([] { set_up_log("loud", LogTarget::standard_error); },
              fails_with(ErrorKind::usage, "loud", "info"));
}

}  // namespace
}  // namespace ae
