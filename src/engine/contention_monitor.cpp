#include "engine/contention_monitor.h"

#include <algorithm>

namespace ae {
namespace {

using std::chrono::milliseconds;

/// Stalls further apart than this have causes of their own.
constexpr milliseconds kWindow{100};
/// A single time slice lost says nothing of the next.
constexpr milliseconds kTolerated{4};
constexpr milliseconds kFirstPause{20};
constexpr milliseconds kLongestPause{1000};

}  // namespace

void ContentionMonitor::add_stall(Clock::duration lost, Clock::time_point now) {
  if (now - window_begin_ > kWindow) {
    window_begin_ = now - lost;
    lost_ = {};
  }
  lost_ += lost;
  if (active_ == 1) return;
  // With one more share a thread, the time in which threads ran grows by 1 / shares_per_thread_.
  const Clock::duration running = now - window_begin_ - lost_;
  if (lost_ <= kTolerated + running / shares_per_thread_) return;
  const bool retried = now - retried_at_ <= pause_;
  pause_ = retried ? std::min<Clock::duration>(2 * pause_, kLongestPause) : kFirstPause;
  retry_at_ = now + pause_;
  set_shares_per_thread(shares_per_thread_ + 1);
}

void ContentionMonitor::retry(Clock::time_point now) {
  if (!reduced() || now < retry_at_) return;
  retried_at_ = now;
  set_shares_per_thread(shares_per_thread_ - 1);
}

void ContentionMonitor::set_shares_per_thread(int shares) {
  shares_per_thread_ = shares;
  active_ = (threads_ + shares - 1) / shares;
  window_begin_ = {};
}

}  // namespace ae
