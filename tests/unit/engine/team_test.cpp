#include "engine/team.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <optional>
#include <stdexcept>
#include <thread>
#include <vector>

#include "engine/device.h"
#include "engine/in_turns.h"

namespace ae {
namespace {

TEST(Team, CallsEveryMemberOnceForEachWork) {
  for (const int members : {1, 2, 5}) {
    Team team(members);
    std::vector<int> calls(static_cast<size_t>(members));
    for (int round = 0; round < 1000; ++round) {
      team.run([&](int member) { ++calls[static_cast<size_t>(member)]; });
    }
    for (const int count : calls) EXPECT_EQ(count, 1000);
  }
}

TEST(Team, ReturnsWhenAllAreDone) {
  Team team(3);
  std::atomic<int> done{0};
  team.run([&](int member) {
    if (member > 0) std::this_thread::sleep_for(std::chrono::milliseconds(20));
    ++done;
  });
  EXPECT_EQ(done, 3);
}

TEST(Team, GivesEachMemberOneThreadOfLibTorch) {
  const int before = at::get_num_threads();
  Team team(2);
  std::vector<int> threads(2);
  team.run([&](int member) { threads[static_cast<size_t>(member)] = at::get_num_threads(); });
  EXPECT_EQ(threads, (std::vector<int>{1, 1}));
  EXPECT_EQ(at::get_num_threads(), before);
}

/// LibTorch makes a thread ready at its first question for the number, with the number that any
/// thread set last: so it was, by chance, with a team that had already begun.
TEST(Team, LeavesTheNumberOfThreadsToTheCallerInAnyOrder) {
  const int before = at::get_num_threads();
  int64_t found = 0;
  std::thread([&] {
    set_threads(3);
    std::thread([] { at::set_num_threads(1); }).join();  // as a member begins
    found = threads();
  }).join();
  at::set_num_threads(before);
  EXPECT_EQ(found, 3);
}

TEST(Team, PassesOnWhatAMemberThrowsAndGoesOn) {
  Team team(3);
  for (const int guilty : {0, 2}) {
    EXPECT_THROW(team.run([&](int member) {
      if (member == guilty) throw std::runtime_error("no");
    }),
                 std::runtime_error);
    int calls = 0;
    team.run([&](int member) {
      if (member == 0) ++calls;
    });
    EXPECT_EQ(calls, 1);
  }
}

TEST(InTurns, GivesInTheOrderOfTaking) {
  for (const int members : {1, 4}) {
    Team team(members);
    int taken = 0;
    std::vector<int> given;
    const auto take = [&] { return taken < 50 ? std::optional(taken++) : std::nullopt; };
    const auto work = [](int portion) {
      // The first to be taken takes longest.
      std::this_thread::sleep_for(std::chrono::microseconds(portion % 4 == 0 ? 2000 : 10));
      return portion * 2;
    };
    in_turns(team, take, work, [&](int result) { given.push_back(result); });
    ASSERT_EQ(given.size(), 50U);
    for (int i = 0; i < 50; ++i) EXPECT_EQ(given[static_cast<size_t>(i)], i * 2);
  }
}

TEST(InTurns, EndsWithWhatAnyPartThrows) {
  Team team(3);
  for (const int guilty : {0, 1, 2}) {
    int taken = 0;
    std::atomic<int> worked{0};
    const auto fail_at = [&](int part, int portion) {
      if (part == guilty && portion == 7) throw std::runtime_error("no");
    };
    const auto take = [&]() -> std::optional<int> {
      fail_at(0, taken);
      return taken++;  // without an end
    };
    const auto work = [&](int portion) {
      fail_at(1, portion);
      ++worked;
      return portion;
    };
    EXPECT_THROW(in_turns(team, take, work, [&](int portion) { fail_at(2, portion); }),
                 std::runtime_error);
    EXPECT_GE(worked, 6);
  }
}

TEST(Share, OfAllMembersIsTheWholeOnce) {
  for (const int64_t total : {0, 1, 2, 7, 128}) {
    int64_t next = 0;
    for (int member = 0; member < 3; ++member) {
      const Share share = share_of(total, member, 3);
      EXPECT_EQ(share.begin, next);
      EXPECT_LE(std::abs(3 * share.count - total), 3);
      next += share.count;
    }
    EXPECT_EQ(next, total);
  }
}

}  // namespace
}  // namespace ae
