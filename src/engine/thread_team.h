#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <thread>
#include <vector>

#include "engine/index_range.h"

namespace ae {

/// A fixed team of threads that run the same function and join after it. LibTorch's operations are
/// single-threaded within it. Idle threads spin for about 50 microseconds before they sleep, as a
/// training step is many parallel regions, microseconds apart.
class ThreadTeam {
 public:
  /// Starts threads - 1 threads; the caller of run() has rank 0.
  /// @throws Error(data) if the system refuses to start that many
  explicit ThreadTeam(int threads);
  ~ThreadTeam();
  ThreadTeam(const ThreadTeam&) = delete;
  ThreadTeam& operator=(const ThreadTeam&) = delete;

  int size() const { return static_cast<int>(threads_.size()) + 1; }
  /// Calls work(rank) on every thread and returns when all are done. Not thread-safe.
  /// @throws the first exception that one of them threw
  template <class Work>
  void run(const Work& work) {
    if (threads_.empty()) return work(0);
    run_all({[](const void* callable, int rank) { (*static_cast<const Work*>(callable))(rank); },
             &work});
  }

 private:
  /// Type-erased reference to the function of a run, without an allocation.
  struct Call {
    void (*function)(const void* work, int rank);
    const void* work;
  };

  void close();
  void run_all(const Call& call);
  void worker_loop(int rank);
  void call_noexcept(int rank) noexcept;

  std::vector<std::thread> threads_;
  Call call_{};
  std::atomic<int> round_{0};
  std::atomic<int> working_{0};
  std::atomic<bool> closing_{false};
  std::atomic_flag failed_ = ATOMIC_FLAG_INIT;
  std::exception_ptr failure_;
};

}  // namespace ae
