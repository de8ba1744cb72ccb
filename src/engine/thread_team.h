#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <thread>
#include <vector>

#include "engine/index_range.h"

namespace ae {

/// Threads that do the parts of one work at the same time, and wait for each other after it. Each
/// runs LibTorch's operations on itself alone. Between two works they watch for the next for a
/// moment before they sleep: a training step is many works, microseconds apart.
class ThreadTeam {
 public:
  /// Starts members - 1 threads; the caller of run() is member 0.
  /// @throws Error(data) where the system does not let it start so many
  explicit ThreadTeam(int threads);
  ~ThreadTeam();
  ThreadTeam(const ThreadTeam&) = delete;
  ThreadTeam& operator=(const ThreadTeam&) = delete;

  int size() const { return static_cast<int>(threads_.size()) + 1; }
  /// Calls work(member) on every member and returns when all are done.
  /// @throws what one of them threw first
  template <class Work>
  void run(const Work& work) {
    if (threads_.empty()) return work(0);
    run_all({[](const void* own, int rank) { (*static_cast<const Work*>(own))(rank); }, &work});
  }

 private:
  /// A work as it is called by all, without a copy that would take memory.
  struct Call {
    void (*function)(const void* work, int rank);
    const void* work;
  };

  void close();
  void run_all(const Call& call);
  void serve(int rank);
  void attempt(int rank) noexcept;

  std::vector<std::thread> threads_;
  Call call_{};
  std::atomic<int> round_{0};
  std::atomic<int> working_{0};
  std::atomic<bool> closing_{false};
  std::atomic_flag failed_ = ATOMIC_FLAG_INIT;
  std::exception_ptr failure_;
};

}  // namespace ae
