#pragma once

#include <algorithm>

#include "core/clock.h"
#include "run_directory/run_directory.h"
#include "training/trainer.h"

namespace ae {

/// Ends training soon after its run directory was removed. Adapts the number of steps between two
/// checks to about a quarter of a second, as reading a clock may cost more than a small step.
class PresenceCheck : public Observer {
 public:
  explicit PresenceCheck(const RunDirectory& directory) : directory_(directory) {}

  Action on_step(const Trainer& /*trainer*/) override {
    constexpr double kSecondsBetween = 0.25;
    constexpr int kMaxSteps = 1 << 16;
    if (--steps_left_ > 0) return Action::go_on;
    directory_.check_present();
    const double now = coarse_monotonic_seconds();
    const bool early = now - checked_seconds_ < kSecondsBetween;
    steps_ = early ? std::min(2 * steps_, kMaxSteps) : std::max(steps_ / 2, 1);
    steps_left_ = steps_;
    checked_seconds_ = now;
    return Action::go_on;
  }

 private:
  const RunDirectory& directory_;
  double checked_seconds_ = coarse_monotonic_seconds();
  int steps_ = 1;
  int steps_left_ = 1;
};

}  // namespace ae
