#pragma once

#include <chrono>
#include <ctime>

namespace ae {

/// Monotonic time in seconds from an arbitrary origin, for measuring durations.
inline double monotonic_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// Cheaper monotonic_seconds() with a resolution of some milliseconds, for calls at every step.
inline double coarse_monotonic_seconds() {
#ifdef CLOCK_MONOTONIC_COARSE
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
#else
  return monotonic_seconds();
#endif
}

}  // namespace ae
