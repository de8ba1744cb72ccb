#include "engine/thread_team.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <optional>
#include <stdexcept>
#include <thread>
#include <vector>

#include "engine/device.h"
#include "engine/ordered_pipeline.h"

namespace ae {
namespace {

TEST(ThreadTeam, DoesEveryShareOnceInEachRun) {
  for (const int threads : {1, 2, 5}) {
    ThreadTeam team(threads);
    std::vector<int> calls(static_cast<size_t>(threads));
    for (int round = 0; round < 1000; ++round) {
      team.run([&](int rank) { ++calls[static_cast<size_t>(rank)]; });
    }
    for (const int count : calls) EXPECT_EQ(count, 1000);
  }
}

TEST(ThreadTeam, ReturnsWhenAllAreDone) {
  ThreadTeam team(3);
  std::atomic<int> done{0};
  team.run([&](int rank) {
    if (rank > 0) std::this_thread::sleep_for(std::chrono::milliseconds(20));
    ++done;
  });
  EXPECT_EQ(done, 3);
}

/// A thread that sleeps has a share and does not run, as one that another process has displaced.
TEST(ThreadTeam, LeavesTheWorkToOneThreadWhileOthersDoNotRun) {
  ThreadTeam team(3);
  const std::thread::id caller = std::this_thread::get_id();
  std::vector<int> calls(3);
  int alone = 0;
  for (int round = 0; round < 40; ++round) {
    std::vector<std::thread::id> threads(3);
    team.run([&](int rank) {
      const auto r = static_cast<size_t>(rank);
      ++calls[r];
      threads[r] = std::this_thread::get_id();
      // As long for the others, so that none of them finds all shares taken.
      const bool runs = threads[r] == caller;
      std::this_thread::sleep_for(std::chrono::milliseconds(runs ? 1 : 10));
    });
    alone += threads == std::vector(3, caller) ? 1 : 0;
  }
  EXPECT_EQ(calls, (std::vector<int>{40, 40, 40}));
  EXPECT_GT(alone, 0);
}

TEST(ThreadTeam, GivesEachShareOneThreadOfLibTorch) {
  const int before = at::get_num_threads();
  ThreadTeam team(2);
  std::vector<int> threads(2);
  team.run([&](int rank) { threads[static_cast<size_t>(rank)] = at::get_num_threads(); });
  EXPECT_EQ(threads, (std::vector<int>{1, 1}));
  EXPECT_EQ(at::get_num_threads(), before);
}

/// LibTorch initialises a thread's number of threads at the first call of get_num_threads(), with
/// the number that any thread set last, such as a thread of a team.
TEST(ThreadTeam, LeavesTheNumberOfThreadsToTheCallerInAnyOrder) {
  const int before = at::get_num_threads();
  int64_t found = 0;
  std::thread([&] {
    set_threads(3);
    std::thread([] { at::set_num_threads(1); }).join();  // as a team's thread does
    found = threads();
  }).join();
  at::set_num_threads(before);
  EXPECT_EQ(found, 3);
}

TEST(ThreadTeam, PassesOnWhatAMemberThrowsAndGoesOn) {
  ThreadTeam team(3);
  for (const int guilty : {0, 2}) {
    EXPECT_THROW(team.run([&](int rank) {
      if (rank == guilty) throw std::runtime_error("no");
    }),
                 std::runtime_error);
    int calls = 0;
    team.run([&](int rank) {
      if (rank == 0) ++calls;
    });
    EXPECT_EQ(calls, 1);
  }
}

TEST(InTurns, GivesInTheOrderOfTaking) {
  for (const int threads : {1, 4}) {
    ThreadTeam team(threads);
    int taken = 0;
    std::vector<int> given;
    const auto take = [&] { return taken < 50 ? std::optional(taken++) : std::nullopt; };
    const auto work = [](int chunk) {
      // Every fourth chunk takes longest.
      std::this_thread::sleep_for(std::chrono::microseconds(chunk % 4 == 0 ? 2000 : 10));
      return chunk * 2;
    };
    ordered_pipeline(team, take, work, [&](int result) { given.push_back(result); });
    ASSERT_EQ(given.size(), 50U);
    for (int i = 0; i < 50; ++i) EXPECT_EQ(given[static_cast<size_t>(i)], i * 2);
  }
}

TEST(InTurns, GoesOnWhileAnEarlierResultIsMissing) {
  ThreadTeam team(2);
  int taken = 0;
  std::atomic<int> done{0};
  int done_before_first = 0;
  const auto take = [&] { return taken < 50 ? std::optional(taken++) : std::nullopt; };
  const auto work = [&](int chunk) {
    if (chunk == 0) std::this_thread::sleep_for(std::chrono::milliseconds(100));
    ++done;
    return chunk;
  };
  ordered_pipeline(team, take, work, [&](int result) {
    if (result == 0) done_before_first = done;
  });
  EXPECT_GT(done_before_first, 4);
  EXPECT_LE(done_before_first, 10);  // the results that wait are bounded
  EXPECT_EQ(done, 50);
}

TEST(InTurns, EndsWithWhatAnyPartThrows) {
  ThreadTeam team(3);
  for (const int guilty : {0, 1, 2}) {
    int taken = 0;
    std::atomic<int> worked{0};
    const auto fail_at = [&](int part, int chunk) {
      if (part == guilty && chunk == 7) throw std::runtime_error("no");
    };
    const auto take = [&]() -> std::optional<int> {
      fail_at(0, taken);
      return taken++;  // never ends
    };
    const auto work = [&](int chunk) {
      fail_at(1, chunk);
      ++worked;
      return chunk;
    };
    EXPECT_THROW(ordered_pipeline(team, take, work, [&](int chunk) { fail_at(2, chunk); }),
                 std::runtime_error);
    EXPECT_GE(worked, 6);
  }
}

TEST(IndexRange, OfAllMembersIsTheWholeOnce) {
  for (const int64_t total : {0, 1, 2, 7, 128}) {
    int64_t next = 0;
    for (int rank = 0; rank < 3; ++rank) {
      const IndexRange range = partition(total, rank, 3);
      EXPECT_EQ(range.begin, next);
      EXPECT_LE(std::abs(3 * range.count - total), 3);
      next += range.count;
    }
    EXPECT_EQ(next, total);
  }
}

}  // namespace
}  // namespace ae
