#include "engine/thread_team.h"

#include <ATen/Parallel.h>
#include <pthread.h>

#include <algorithm>
#include <ctime>
#include <system_error>
#include <utility>

#include "core/error.h"
#include "kernels/single_thread_guard.h"

namespace ae {
namespace {

/// About 50 microseconds: longer than the gap between two parallel regions of a step, and short
/// beside a step for other programs that need the core.
constexpr int kMaxSpins = 2000;
/// About 5 microseconds, in which a thread that spins has long begun with its share.
constexpr int kSpinsBeforeOthersShares = 200;
/// Waits for threads that do not run are recorded from here on; a system's own short interruptions
/// are not.
constexpr std::chrono::microseconds kShortestStall{200};

inline void cpu_pause() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#endif
}

/// Spins for a while, as long as done() is false. @return done()
template <class Done>
bool spin_until(const Done& done, int spins = kMaxSpins) {
  for (int spin = 0; spin < spins; ++spin) {
    if (done()) return true;
    cpu_pause();
  }
  return done();
}

/// Waits until `value` is no longer `old`: spins first, then sleeps.
void wait_while(const std::atomic<uint32_t>& value, uint32_t old) {
  const auto changed = [&] { return value.load(std::memory_order_acquire) != old; };
  if (spin_until(changed)) return;
  while (!changed()) value.wait(old, std::memory_order_acquire);
}

}  // namespace

ThreadTeam::ThreadTeam(int threads)
    : shares_(static_cast<size_t>(std::max(threads, 1))),
      monitor_(threads),
      times_before_(shares_.size() - 1),
      times_after_(shares_.size() - 1),
      active_(threads) {
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
  set_active(size());
  ++round_;
  round_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void ThreadTeam::run_all(const Call& call) {
  const SingleThreadGuard single_thread;
  call_ = call;
  if (monitor_.reduced()) {
    monitor_.retry(ContentionMonitor::Clock::now());
    set_active(monitor_.active());
  }
  if (monitor_.active() == 1) {
    for (int rank = 0; rank < size(); ++rank) call_noexcept(rank);
  } else {
    left_.store(size(), std::memory_order_relaxed);
    const uint32_t round = round_.fetch_add(1, std::memory_order_release) + 1;
    round_.notify_all();
    do_shares(round, 0, [&] { return left_.load(std::memory_order_acquire) == 0; });
    wait_for_others();
  }
  if (failed_.test()) {
    failed_.clear();
    std::rethrow_exception(std::exchange(failure_, nullptr));
  }
}

void ThreadTeam::worker_loop(int rank) {
  at::set_num_threads(1);
  for (uint32_t round = 0;;) {
    wait_while(round_, round);
    for (int active = active_; active <= rank; active = active_) active_.wait(active);
    if (closing_) return;
    round = round_.load(std::memory_order_acquire);
    do_shares(round, rank, [&] { return round_.load(std::memory_order_acquire) != round; });
  }
}

template <class Done>
void ThreadTeam::do_shares(uint32_t round, int rank, const Done& done) {
  do_share(round, rank);
  // Threads that run take their own shares at once: to look at these would only slow them down.
  if (active_ == size() && spin_until(done, kSpinsBeforeOthersShares)) return;
  for (int i = 1; i < size(); ++i) do_share(round, (rank + i) % size());
}

void ThreadTeam::do_share(uint32_t round, int rank) {
  std::atomic<uint32_t>& taken = shares_[static_cast<size_t>(rank)].taken;
  // Every share is taken once in each round, so that a thread that comes late finds none.
  uint32_t last = round - 1;
  if (taken.load(std::memory_order_relaxed) != last ||
      !taken.compare_exchange_strong(last, round, std::memory_order_acq_rel)) {
    return;
  }
  call_noexcept(rank);
  if (left_.fetch_sub(1, std::memory_order_acq_rel) == 1) left_.notify_one();
}

void ThreadTeam::wait_for_others() {
  const auto done = [&] { return left_.load(std::memory_order_acquire) == 0; };
  if (spin_until(done)) return;
  const auto begin = ContentionMonitor::Clock::now();
  read_processor_times(times_before_);
  for (int left = left_; left != 0; left = left_) left_.wait(left, std::memory_order_acquire);
  const auto end = ContentionMonitor::Clock::now();
  if (end - begin < kShortestStall) return;
  read_processor_times(times_after_);
  std::chrono::nanoseconds worked{0};
  for (size_t i = 0; i < threads_.size(); ++i) {
    worked = std::max(worked, times_after_[i] - times_before_[i]);
  }
  if (end - begin - worked < kShortestStall) return;
  monitor_.add_stall(end - begin - worked, end);
  set_active(monitor_.active());
}

void ThreadTeam::set_active(int threads) {
  if (active_ == threads) return;
  active_ = threads;
  active_.notify_all();
}

void ThreadTeam::read_processor_times(std::vector<std::chrono::nanoseconds>& times) {
  for (size_t i = 0; i < threads_.size(); ++i) {
    clockid_t clock{};
    std::timespec time{};
    // Neither can fail for a thread that was started and not joined.
    ::pthread_getcpuclockid(threads_[i].native_handle(), &clock);
    ::clock_gettime(clock, &time);
    times[i] = std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
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
