#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

#include "engine/thread_team.h"

namespace ae {

/// Sequencer of chunks: hands them out one at a time and passes their results on in the same order.
/// A thread whose result must wait for an earlier one leaves it here and goes on, up to a limit, as
/// the earlier one's thread may not be running. Thread-safe.
template <class Result>
class OrderedQueue {
 public:
  /// @param limit  how many chunks may be taken beyond the first that is not passed on, 1 or more
  explicit OrderedQueue(int64_t limit) : limit_(limit) {}

  /// Calls source() under a lock. @return the chunk and its sequence number
  template <class Source>
  auto take(const Source& source) {
    const std::lock_guard lock(take_mutex_);
    return std::pair(stopped_ ? decltype(source())() : source(), taken_++);
  }
  /// Calls sink(result) once all chunks before this one have been passed on, on this thread or
  /// another one.
  template <class Sink>
  void commit(int64_t number, Result result, const Sink& sink) {
    std::unique_lock lock(commit_mutex_);
    results_.emplace(number, std::move(result));
    while (!sinking_ && !stopped_ && results_.contains(committed_)) {
      sinking_ = true;
      auto next = results_.extract(committed_);
      lock.unlock();
      sink(std::move(next.mapped()));
      lock.lock();
      sinking_ = false;
      ++committed_;
      progress_.notify_all();
    }
    progress_.wait(lock, [&] { return number < committed_ + limit_ || stopped_; });
  }
  /// Wakes all waiting threads; no further chunk is taken or passed on.
  void stop() {
    {
      const std::scoped_lock lock(take_mutex_, commit_mutex_);
      stopped_ = true;
    }
    progress_.notify_all();
  }

 private:
  int64_t limit_;
  std::mutex take_mutex_;
  std::mutex commit_mutex_;
  std::condition_variable progress_;
  std::map<int64_t, Result> results_;  // that wait for earlier ones
  bool sinking_ = false;               // a thread is passing results on
  int64_t taken_ = 0;
  int64_t committed_ = 0;
  bool stopped_ = false;  // read under either mutex, written under both
};

/// Processes chunks in parallel with results in order: source() and sink() run serialised in the
/// order of chunks, process() concurrently.
/// @param source   () -> std::optional<Chunk>; nullopt at the end
/// @param process  (Chunk) -> Result; must be thread-safe
/// @param sink     (Result) -> void
/// @throws the first exception that one of them threw
template <class Source, class Process, class Sink>
void ordered_pipeline(ThreadTeam& team, const Source& source, const Process& process,
                      const Sink& sink) {
  using Result = decltype(process(*source()));
  constexpr int64_t kResultsPerThread = 4;  // enough to work on for a time slice
  OrderedQueue<Result> queue(kResultsPerThread * team.size());
  team.run([&](int /*rank*/) {
    try {
      while (true) {
        auto [chunk, number] = queue.take(source);
        if (!chunk) return;
        queue.commit(number, process(*chunk), sink);
      }
    } catch (...) {
      queue.stop();
      throw;
    }
  });
}

}  // namespace ae
