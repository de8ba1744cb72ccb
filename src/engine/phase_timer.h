#pragma once

#include <c10/core/Device.h>

#include <array>
#include <vector>

#include "core/clock.h"

namespace ae {

/// A phase of a training step.
enum class Phase { data, forward, backward, update };
inline constexpr size_t kPhases = 4;

/// Seconds of each thread in each phase, over all steps since the last clear().
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

  /// A cache line per thread, against false sharing.
  struct alignas(64) ThreadSeconds {
    std::array<double, kPhases> seconds{};
  };

  at::Device device_;
  double (*clock_)();
  std::vector<ThreadSeconds> seconds_;
};

/// Stopwatch of one thread: each phase starts where the previous one ended.
class PhaseTimer {
 public:
  /// Rank for phases that all threads execute, as in an operation with LibTorch's own threads.
  static constexpr int kAllThreads = -1;

  /// @param times  accumulator; null disables the timer
  PhaseTimer(PhaseTimes* times, int rank) : times_(times), rank_(rank) {
    if (times_ != nullptr) start_ = times_->clock_();
  }
  /// Adds the time since the previous end() to a phase. Waits for a GPU.
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
