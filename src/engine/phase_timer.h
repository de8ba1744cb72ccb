#pragma once

#include <c10/core/Device.h>

#include <array>
#include <vector>

#include "core/clock.h"

namespace ae {

/// What a training step does.
enum class Phase { data, forward, backward, update };
inline constexpr size_t kPhases = 4;

/// Seconds of each thread that went into each phase of the steps so far.
class PhaseTimes {
 public:
  /// @param clock  gives seconds since some moment
  PhaseTimes(int threads, at::Device device, double (*clock)() = monotonic_seconds)
      : device_(device), clock_(clock), seconds_(static_cast<size_t>(threads)) {}

  /// Summed over threads.
  double seconds(Phase phase) const;
  void clear();

 private:
  friend class PhaseTimer;

  /// A line of the cache for each thread, so that they do not take it from each other.
  struct alignas(64) ThreadSeconds {
    std::array<double, kPhases> seconds{};
  };

  at::Device device_;
  double (*clock_)();
  std::vector<ThreadSeconds> seconds_;
};

/// A thread's time, cut up: each lap begins where the one before it ended.
class PhaseTimer {
 public:
  /// In place of a member: all do it, as in an operation of LibTorch that has threads of its own.
  static constexpr int kAllThreads = -1;

  /// @param times  to add to, or null, where nothing is measured
  PhaseTimer(PhaseTimes* times, int rank) : times_(times), rank_(rank) {
    if (times_ != nullptr) start_ = times_->clock_();
  }
  /// What has been done since the last lap was of this phase. Waits for a GPU to have done it.
  void end(Phase phase) {
    if (times_ != nullptr) add(phase);
  }

 private:
  void add(Phase phase);

  PhaseTimes* times_;
  int rank_;
  double start_ = 0;
};

}  // namespace ae
