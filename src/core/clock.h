#pragma once

#include <chrono>
#include <ctime>

namespace ae {

/// Seconds since some moment; for measuring how long things take.
inline double monotonic_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// The same to within some milliseconds, and cheaper: for what is asked at each step.
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
