#include "cli/time_limit.h"

#include <gtest/gtest.h>

#include "error_matchers.h"

namespace ae {
namespace {

TEST(TimeLimit, RefusesWhatIsNoDuration) { EXPECT_THROW(TimeLimit("soon", 0), Error); }

}  // namespace
}  // namespace ae
