#include "core/jobs.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <vector>

namespace ae {
namespace {

TEST(Jobs, AreDoneOnceEachByAnyNumberOfThreads) {
  for (const int threads : {0, 1, 3, 100}) {
    std::vector<std::atomic<int>> done(20);
    run_jobs(done.size(), threads, [&](size_t i) { ++done[i]; });
    for (const std::atomic<int>& times : done) EXPECT_EQ(times, 1);
  }
  run_jobs(0, 4, [](size_t) { FAIL(); });
}

TEST(Jobs, ThrowWhatOneThrowsAndBeginNoMore) {
  std::atomic<size_t> begun{0};
  const auto fail = [&](size_t i) {
    ++begun;
    if (i == 3) throw std::runtime_error("third");
  };
  EXPECT_THROW(run_jobs(1000, 1, fail), std::runtime_error);
  EXPECT_EQ(begun, 4U);
  EXPECT_THROW(run_jobs(1000, 4, fail), std::runtime_error);
}

}  // namespace
}  // namespace ae
