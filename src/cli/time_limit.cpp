#include "cli/time_limit.h"

#include "config/interval.h"
#include "core/clock.h"
#include "core/error.h"

namespace ae {

TimeLimit::TimeLimit(const std::optional<std::string>& text, double begin) {
  if (!text) return;
  const std::optional<double> seconds = duration_seconds(*text);
  if (!seconds) {
    throw usage_error("--time-limit {}: expected a duration such as 90s, 30min or 2h", *text);
  }
  end_ = begin + *seconds;
}

Observer::Action TimeLimit::on_step(const Trainer& /*trainer*/) {
  stepped_ = true;
  reached_ = is_over();
  return reached_ ? Action::stop : Action::go_on;
}

Observer::Action TimeLimit::on_epoch(const Trainer& trainer, const EpochMetrics& /*metrics*/) {
  return on_step(trainer);
}

bool TimeLimit::is_over() const { return end_ && coarse_monotonic_seconds() >= *end_; }

bool TimeLimit::interrupts() const { return stepped_ && is_over(); }

}  // namespace ae
