#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "core/clock.h"
#include "engine/matmul_throughput.h"
#include "engine/phase_timer.h"

namespace ae {
namespace {

TEST(ProductLimit, IsARate) {
  ThreadTeam team(2);
  EXPECT_GT(matmul_limit(at::kCPU, at::kFloat, team), 1e8);
  EXPECT_GT(matmul_limit(at::kCPU, at::kDouble, team), 1e8);
}

/// A clock that goes on only when a test says so.
struct SetClock {
  static double read() { return seconds; }
  static void advance(double by) { seconds += by; }
  static inline double seconds = 1000;
};

TEST(PhaseTimer, AddsUpByPhaseOverThreads) {
  PhaseTimes times(2, at::kCPU, SetClock::read);
  for (const int rank : {0, 1}) {
    PhaseTimer timer(&times, rank);
    SetClock::advance(3);
    timer.end(Phase::forward);
    SetClock::advance(0.5 + rank);
    timer.end(Phase::backward);
    timer.end(Phase::update);  // at once
    SetClock::advance(8);
    timer.end(Phase::forward);
    SetClock::advance(16);  // never ended
  }
  EXPECT_EQ(times.seconds(Phase::data), 0);
  EXPECT_EQ(times.seconds(Phase::forward), 2 * (3 + 8));
  EXPECT_EQ(times.seconds(Phase::backward), 0.5 + 1.5);
  EXPECT_EQ(times.seconds(Phase::update), 0);
}

TEST(PhaseTimer, CountsWhatAllThreadsDoForEach) {
  PhaseTimes times(3, at::kCPU, SetClock::read);
  PhaseTimer all(&times, PhaseTimer::kAllThreads);
  SetClock::advance(2);
  all.end(Phase::data);
  EXPECT_EQ(times.seconds(Phase::data), 3 * 2);
  PhaseTimer one(&times, 2);
  SetClock::advance(4);
  one.end(Phase::data);
  EXPECT_EQ(times.seconds(Phase::data), 3 * 2 + 4);
}

TEST(PhaseTimes, BeginAnewWhereTheyAreCleared) {
  PhaseTimes times(2, at::kCPU, SetClock::read);
  PhaseTimer timer(&times, PhaseTimer::kAllThreads);
  for (const Phase phase : {Phase::data, Phase::forward, Phase::backward, Phase::update}) {
    SetClock::advance(1);
    timer.end(phase);
    EXPECT_EQ(times.seconds(phase), 2);
  }
  times.clear();
  for (const Phase phase : {Phase::data, Phase::forward, Phase::backward, Phase::update}) {
    EXPECT_EQ(times.seconds(phase), 0);
  }
  SetClock::advance(5);
  timer.end(Phase::forward);
  EXPECT_EQ(times.seconds(Phase::forward), 2 * 5);
}

TEST(PhaseTimes, AreThoseOfTheClockThatGoesOnByItself) {
  PhaseTimes times(1, at::kCPU);
  const double begin = monotonic_seconds();
  PhaseTimer timer(&times, 0);
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
  timer.end(Phase::forward);
  EXPECT_GE(times.seconds(Phase::forward), 0.005);
  EXPECT_LE(times.seconds(Phase::forward), monotonic_seconds() - begin);
}

TEST(PhaseTimer, MeasureNothingWhereNothingIsWanted) {
  PhaseTimer timer(nullptr, 0);
  timer.end(Phase::update);
}

}  // namespace
}  // namespace ae
