#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <utility>

#include "engine/thread_team.h"

namespace ae {

/// Sequencer of chunks: hands them out one at a time and commits results in the same order.
/// Thread-safe.
class OrderedQueue {
 public:
  /// Calls source() under a lock. @return the chunk and its sequence number
  template <class Source>
  auto take(const Source& source) {
    const std::lock_guard lock(take_mutex_);
    return std::pair(stopped_ ? decltype(source())() : source(), taken_++);
  }
  /// Calls sink() once all chunks before this one have been committed.
  template <class Sink>
  void commit(int64_t number, const Sink& sink) {
    std::unique_lock lock(commit_mutex_);
    next_.wait(lock, [&] { return committed_ == number || stopped_; });
    if (stopped_) return;
    sink();
    ++committed_;
    next_.notify_all();
  }
  /// Wakes all waiting threads; no further chunk is taken or committed.
  void stop() {
    {
      const std::scoped_lock lock(take_mutex_, commit_mutex_);
      stopped_ = true;
    }
    next_.notify_all();
  }

 private:
  std::mutex take_mutex_;
  std::mutex commit_mutex_;
  std::condition_variable next_;
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
  OrderedQueue queue;
  team.run([&](int /*rank*/) {
    try {
      while (true) {
        auto [chunk, number] = queue.take(source);
        if (!chunk) return;
        auto result = process(*chunk);
        queue.commit(number, [&] { sink(std::move(result)); });
      }
    } catch (...) {
      queue.stop();
      throw;
    }
  });
}

}  // namespace ae
