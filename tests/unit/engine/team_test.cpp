#include "engine/team.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <thread>
#include <vector>

#include "engine/device.h"

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
