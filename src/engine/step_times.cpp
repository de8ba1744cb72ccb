#include "engine/step_times.h"

#include "engine/device.h"

namespace ae {

double StepTimes::seconds(Phase phase) const {
  double sum = 0;
  for (const Member& member : seconds_) sum += member.seconds[static_cast<size_t>(phase)];
  return sum;
}

void StepTimes::clear() {
  for (Member& member : seconds_) member.seconds.fill(0);
}

void Laps::add(Phase phase) {
  synchronize(times_->device_);
  const double now = monotonic_seconds();
  const bool all = member_ == kAll;
  const size_t first = all ? 0 : static_cast<size_t>(member_);
  const size_t end = all ? times_->seconds_.size() : first + 1;
  for (size_t i = first; i < end; ++i) {
    times_->seconds_[i].seconds[static_cast<size_t>(phase)] += now - start_;
  }
  start_ = now;
}

}  // namespace ae
