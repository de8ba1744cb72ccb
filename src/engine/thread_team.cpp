#include "engine/thread_team.h"

#include <ATen/Parallel.h>

#include <system_error>

#include "core/error.h"
#include "engine/single_thread_guard.h"

namespace ae {
namespace {

/// About 50 microseconds: longer than the gap between two parallel regions of a step, and short
/// beside a step for other programs that need the core.
constexpr int kMaxSpins = 2000;

inline void cpu_pause() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#endif
}

/// Waits until `value` is no longer `old`: spins first, then sleeps.
void wait_while(const std::atomic<int>& value, int old) {
  for (int spin = 0; spin < kMaxSpins; ++spin) {
    if (value.load(std::memory_order_acquire) != old) return;
    cpu_pause();
  }
  while (value.load(std::memory_order_acquire) == old) value.wait(old, std::memory_order_acquire);
}

}  // namespace

ThreadTeam::ThreadTeam(int threads) {
  try {
    for (int rank = 1; rank < threads; ++rank) {
      threads_.emplace_back([this, rank] { worker_loop(rank); });
    }
  } catch (const std::system_error& error) {
    close();
    throw data_error(
        "cannot start {} threads: {}; set training.threads lower, or raise the "
        "system's limit (ulimit -u)",
        threads, error.code().message());
  }
}

ThreadTeam::~ThreadTeam() { close(); }

void ThreadTeam::close() {
  closing_ = true;
  ++round_;
  round_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void ThreadTeam::run_all(const Call& call) {
  const SingleThreadGuard single_thread;
  call_ = call;
  working_.store(static_cast<int>(threads_.size()), std::memory_order_relaxed);
  round_.fetch_add(1, std::memory_order_release);
  round_.notify_all();
  call_noexcept(0);
  for (int working = working_; working != 0; working = working_) wait_while(working_, working);
  if (failed_.test()) {
    failed_.clear();
    std::rethrow_exception(std::exchange(failure_, nullptr));
  }
}

void ThreadTeam::worker_loop(int rank) {
  at::set_num_threads(1);
  for (int round = 0;; ++round) {
    wait_while(round_, round);
    if (closing_) return;
    call_noexcept(rank);
    if (working_.fetch_sub(1, std::memory_order_acq_rel) == 1) working_.notify_one();
  }
}

void ThreadTeam::call_noexcept(int rank) noexcept {
  try {
    call_.function(call_.work, rank);
  } catch (...) {
    if (!failed_.test_and_set()) failure_ = std::current_exception();
  }
}

}  // namespace ae
