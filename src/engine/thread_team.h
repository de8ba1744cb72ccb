#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <exception>
#include <thread>
#include <vector>

#include "engine/contention_monitor.h"
#include "engine/index_range.h"

namespace ae {

/// A fixed team of threads that share the work of a function and join after it. LibTorch's
/// operations are single-threaded within it. Work is cut into as many shares as there are threads,
/// whichever thread does them: results depend on size() alone, while threads that run take the
/// shares of those that do not. Idle threads spin for about 50 microseconds before they sleep, as a
/// training step is many parallel regions, microseconds apart.
class ThreadTeam {
 public:
  /// Starts threads - 1 threads; the caller of run() works too.
  /// @throws Error(data) if the system refuses to start that many
  explicit ThreadTeam(int threads);
  ~ThreadTeam();
  ThreadTeam(const ThreadTeam&) = delete;
  ThreadTeam& operator=(const ThreadTeam&) = delete;

  int size() const { return static_cast<int>(shares_.size()); }
  /// Calls work(rank) once for every rank below size(), each on one thread, at the same time where
  /// threads are free, and returns when all are done. Calls must not wait for each other, as one
  /// thread may make several in turn. Not thread-safe.
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
  /// The last round in which a thread took a share; alone in its cache line.
  struct alignas(64) Share {
    std::atomic<uint32_t> taken{0};
  };

  void close();
  void run_all(const Call& call);
  void worker_loop(int rank);
  /// Does the share `rank` of a round and, unless done() soon, those of threads that do not run.
  template <class Done>
  void do_shares(uint32_t round, int rank, const Done& done);
  /// Does a share of a round unless a thread has taken it.
  void do_share(uint32_t round, int rank);
  void call_noexcept(int rank) noexcept;
  void set_active(int threads);
  void wait_for_others();
  /// Processor time of each thread that was started.
  void read_processor_times(std::vector<std::chrono::nanoseconds>& times);

  std::vector<std::thread> threads_;
  std::vector<Share> shares_;
  ContentionMonitor monitor_;
  Call call_{};
  std::vector<std::chrono::nanoseconds> times_before_;  // of wait_for_others()
  std::vector<std::chrono::nanoseconds> times_after_;
  std::atomic<uint32_t> round_{0};
  std::atomic<int> active_;   // threads of this rank and above sleep
  std::atomic<int> left_{0};  // shares of the round that are not done
  std::atomic<bool> closing_{false};
  std::atomic_flag failed_ = ATOMIC_FLAG_INIT;
  std::exception_ptr failure_;
};

}  // namespace ae
