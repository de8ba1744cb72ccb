#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "engine/matmul_throughput.h"
#include "engine/phase_timer.h"

namespace ae {
namespace {

TEST(ProductLimit, IsARate) {
  ThreadTeam team(2);
  EXPECT_GT(matmul_limit(at::kCPU, at::kFloat, team), 1e8);
  EXPECT_GT(matmul_limit(at::kCPU, at::kDouble, team), 1e8);
}

TEST(PhaseTimer, AddUpByPhaseOverThreads) {
  PhaseTimes times(2, at::kCPU);
  const auto work = [] { std::this_thread::sleep_for(std::chrono::milliseconds(5)); };
  for (int rank = 0; rank < 2; ++rank) {
    PhaseTimer timer(&times, rank);
    work();
    timer.end(Phase::forward);
    timer.end(Phase::backward);
  }
  EXPECT_GE(times.seconds(Phase::forward), 0.010);
  EXPECT_LT(times.seconds(Phase::backward), times.seconds(Phase::forward));
  EXPECT_EQ(times.seconds(Phase::data), 0);
  times.clear();
  PhaseTimer all(&times, PhaseTimer::kAllThreads);
  work();
  all.end(Phase::data);
  EXPECT_GE(times.seconds(Phase::data), 0.010);
  EXPECT_EQ(times.seconds(Phase::forward), 0);
}

TEST(PhaseTimer, MeasureNothingWhereNothingIsWanted) {
  PhaseTimer timer(nullptr, 0);
  timer.end(Phase::update);
}

}  // namespace
}  // namespace ae
