#pragma once

#include <chrono>

namespace ae {

/// Chooses how many threads of a team work while other processes compete for the cores. A thread
/// that is preempted with a share of the work holds up all others for a time slice; where more time
/// is lost so than fewer threads would cost, fewer work, and more are tried again after a pause.
class ContentionMonitor {
 public:
  using Clock = std::chrono::steady_clock;

  explicit ContentionMonitor(int threads) : threads_(threads), active_(threads) {}

  /// How many threads are to work, 1 to all.
  int active() const { return active_; }
  bool reduced() const { return active_ < threads_; }
  /// Records that all waited `lost` for a thread that did not run, until now. May reduce active().
  void add_stall(Clock::duration lost, Clock::time_point now);
  /// Raises active() after a pause; each attempt that fails doubles the pause.
  void retry(Clock::time_point now);

 private:
  void set_shares_per_thread(int shares);

  int threads_;
  int active_;
  int shares_per_thread_ = 1;
  Clock::duration lost_{};  // since window_begin_
  Clock::time_point window_begin_{};
  Clock::duration pause_{};
  Clock::time_point retry_at_{};
  Clock::time_point retried_at_{};
};

}  // namespace ae
