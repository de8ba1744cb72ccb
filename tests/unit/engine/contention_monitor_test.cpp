#include "engine/contention_monitor.h"

#include <gtest/gtest.h>

namespace ae {
namespace {

using std::chrono::milliseconds;
using Time = ContentionMonitor::Clock::time_point;

const Time kStart{std::chrono::hours(1)};

/// Stalls of 3 ms, each after `running` of work, until fewer threads are active. @return the time
Time stall_until_reduced(ContentionMonitor& monitor, Time now, milliseconds running) {
  const int before = monitor.active();
  for (int i = 0; i < 20 && monitor.active() == before; ++i) {
    now += running + milliseconds(3);
    monitor.add_stall(milliseconds(3), now);
  }
  EXPECT_LT(monitor.active(), before);
  return now;
}

TEST(ContentionMonitor, KeepsAllThreadsThroughStallsThatCostLittle) {
  ContentionMonitor monitor(2);
  Time now = kStart;
  for (int i = 0; i < 1000; ++i) {
    now += milliseconds(13);
    monitor.add_stall(milliseconds(3), now);  // a quarter more time, where one thread takes twice
  }
  EXPECT_EQ(monitor.active(), 2);
  EXPECT_FALSE(monitor.reduced());
}

TEST(ContentionMonitor, WorksWithFewerThreadsWhereStallsCostMore) {
  ContentionMonitor monitor(2);
  stall_until_reduced(monitor, kStart, milliseconds(1));
  EXPECT_EQ(monitor.active(), 1);
}

TEST(ContentionMonitor, GivesTheRemainingThreadsOneMoreShareEach) {
  ContentionMonitor monitor(8);
  Time now = stall_until_reduced(monitor, kStart, milliseconds(1));
  EXPECT_EQ(monitor.active(), 4);
  now = stall_until_reduced(monitor, now, milliseconds(1));
  EXPECT_EQ(monitor.active(), 3);
  stall_until_reduced(monitor, now, milliseconds(1));
  EXPECT_EQ(monitor.active(), 2);
}

TEST(ContentionMonitor, TriesMoreThreadsAgainAfterPausesThatGrow) {
  ContentionMonitor monitor(2);
  Time now = stall_until_reduced(monitor, kStart, milliseconds(1));
  milliseconds last{0};
  for (int attempt = 0; attempt < 8; ++attempt) {
    milliseconds pause{0};
    while (monitor.reduced()) {
      monitor.retry(now += milliseconds(1));
      ++pause;
    }
    EXPECT_TRUE(attempt == 0 || pause >= 2 * last || pause > milliseconds(900)) << pause.count();
    last = pause;
    now = stall_until_reduced(monitor, now, milliseconds(1));
  }
  EXPECT_LE(last, milliseconds(1001));
}

TEST(ContentionMonitor, ForgetsPausesOnceThreadsRanAgain) {
  ContentionMonitor monitor(2);
  Time now = kStart;
  for (int attempt = 0; attempt < 2; ++attempt) {
    now = stall_until_reduced(monitor, now + std::chrono::seconds(10), milliseconds(1));
    monitor.retry(now + milliseconds(19));
    EXPECT_TRUE(monitor.reduced());
    monitor.retry(now + milliseconds(20));
    EXPECT_FALSE(monitor.reduced());
  }
}

}  // namespace
}  // namespace ae
