#include "cli/time_limit.h"

#include <gtest/gtest.h>

#include "core/clock.h"
#include "error_matchers.h"
#include "unit/training/observed_run.h"

namespace ae {
namespace {

/// A limit that began so many seconds ago.
TimeLimit limit_of(const std::optional<std::string>& text, double seconds_ago) {
  return {text, monotonic_seconds() - seconds_ago};
}

class TimeLimitTest : public testing::Test {
 protected:
  /// True where training under this limit is stopped; it ends after its first step then.
  bool stops(TimeLimit limit) {
    ObservedRun run(config_of("autoencoder"), splits_);
    run.trainer().add(limit);
    const bool stopped = run.trainer().run() == Trainer::Outcome::stopped;
    EXPECT_EQ(limit.is_reached(), stopped);
    EXPECT_EQ(run.trainer().state().step, stopped ? 1 : 6);
    return stopped;
  }

  Splits splits_ = splits_of(20);
};

TEST_F(TimeLimitTest, RefusesWhatIsNoDuration) {
  for (const char* text : {"soon", "", "90", "-90s", "5e", "s", "1 h"}) {
    EXPECT_THAT([&] { TimeLimit(text, 0); },
                fails_on_usage("--time-limit " + std::string(text) + ": expected a duration",
                               "90s, 30min or 2h"));
  }
}

TEST_F(TimeLimitTest, StopsTrainingThatBeganSoLongAgo) {
  EXPECT_TRUE(stops(limit_of("90s", 91)));
  EXPECT_TRUE(stops(limit_of("30min", 30 * 60 + 1)));
  EXPECT_TRUE(stops(limit_of("2h", 2 * 3600 + 1)));
}

TEST_F(TimeLimitTest, LetsTrainingGoOnUntilThen) {
  // A step takes far less than the minute that is left.
  EXPECT_FALSE(stops(limit_of("90s", 30)));
  EXPECT_FALSE(stops(limit_of("30min", 29 * 60)));
  EXPECT_FALSE(stops(limit_of("2h", 119 * 60)));
}

TEST_F(TimeLimitTest, IsNoneWhereNoneIsGiven) { EXPECT_FALSE(stops(limit_of({}, 1e9))); }

TEST_F(TimeLimitTest, InterruptsEvaluationsOnlyAfterAStep) {
  TimeLimit over = limit_of("1s", 60);
  TimeLimit ahead = limit_of("1h", 0);
  EXPECT_FALSE(over.interrupts());
  ObservedRun run(config_of("autoencoder"), splits_);
  EXPECT_EQ(over.on_step(run.trainer()), Observer::Action::stop);
  EXPECT_EQ(ahead.on_step(run.trainer()), Observer::Action::go_on);
  EXPECT_TRUE(over.interrupts());
  EXPECT_FALSE(ahead.interrupts());
}

TEST_F(TimeLimitTest, HoldsAtTheEndOfAnEpochToo) {
  TimeLimit over = limit_of("1s", 60);
  TimeLimit ahead = limit_of("1h", 0);
  ObservedRun run(config_of("autoencoder"), splits_);
  EXPECT_EQ(over.on_epoch(run.trainer(), {}), Observer::Action::stop);
  EXPECT_EQ(ahead.on_epoch(run.trainer(), {}), Observer::Action::go_on);
  EXPECT_TRUE(over.is_reached());
  EXPECT_FALSE(ahead.is_reached());
}

}  // namespace
}  // namespace ae
