#include "engine/phase_timer.h"

#include "engine/device.h"

namespace ae {

double PhaseTimes::seconds(Phase phase) const {
  double sum = 0;
  for (const ThreadSeconds& thread : seconds_) sum += thread.seconds[static_cast<size_t>(phase)];
  return sum;
}

void PhaseTimes::clear() {
  for (ThreadSeconds& thread : seconds_) thread.seconds.fill(0);
}

void PhaseTimer::add(Phase phase) {
  synchronize(times_->device_);
  const double now = times_->clock_();
  const bool all = rank_ == kAllThreads;
  const size_t first = all ? 0 : static_cast<size_t>(rank_);
  const size_t end = all ? times_->seconds_.size() : first + 1;
  for (size_t i = first; i < end; ++i) {
    times_->seconds_[i].seconds[static_cast<size_t>(phase)] += now - start_;
  }
  start_ = now;
}

}  // namespace ae
