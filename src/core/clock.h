#pragma once

#include <chrono>

namespace ae {

/// Seconds since some moment; for measuring how long things take.
inline double monotonic_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace ae
