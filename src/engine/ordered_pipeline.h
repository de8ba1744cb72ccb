#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <utility>

#include "engine/thread_team.h"

namespace ae {

/// Keeps the members of a team in the order in which they took their chunks.
class OrderedQueue {
 public:
  /// Calls take() alone, after what other members took. @return what it gave and its number
  template <class Take>
  auto take(const Take& take) {
    const std::lock_guard lock(taking_);
    return std::pair(stopped_ ? decltype(take())() : take(), taken_++);
  }
  /// Calls give() when all chunks before this one have been given.
  template <class Give>
  void give(int64_t number, const Give& give) {
    std::unique_lock lock(giving_);
    next_.wait(lock, [&] { return given_ == number || stopped_; });
    if (stopped_) return;
    give();
    ++given_;
    next_.notify_all();
  }
  /// Whoever waits stops waiting; nothing more is taken or given.
  void stop() {
    {
      const std::scoped_lock lock(taking_, giving_);
      stopped_ = true;
    }
    next_.notify_all();
  }

 private:
  std::mutex taking_;
  std::mutex giving_;
  std::condition_variable next_;
  int64_t taken_ = 0;
  int64_t given_ = 0;
  bool stopped_ = false;  // read under either mutex, written under both
};

/// Works through chunks with all members of a team: each takes the next, works on it beside the
/// others, and gives the result when those of all chunks before have been given.
/// @param take  () -> std::optional<Portion>; nothing at the end
/// @param work  (Portion) -> Result; by several threads at once
/// @param give  (Result) -> void
/// @throws what one of them threw first
template <class Take, class Work, class Give>
void ordered_pipeline(ThreadTeam& team, const Take& take, const Work& work, const Give& give) {
  OrderedQueue turns;
  team.run([&](int /*member*/) {
    try {
      while (true) {
        auto [chunk, number] = turns.take(take);
        if (!chunk) return;
        auto result = work(*chunk);
        turns.give(number, [&] { give(std::move(result)); });
      }
    } catch (...) {
      turns.stop();
      throw;
    }
  });
}

}  // namespace ae
