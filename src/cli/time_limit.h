#pragma once

#include <optional>
#include <string>

#include "training/trainer.h"

namespace ae {

/// Ends training after the present step when the time is up.
class TimeLimit : public Observer {
 public:
  /// @param text   "90s", "30min", "2h"; none for no limit
  /// @param begin  monotonic_seconds() from which it counts
  /// @throws Error(usage) where the text is no duration
  TimeLimit(const std::optional<std::string>& text, double begin);

  Action on_step(const Trainer& trainer) override;
  Action on_epoch(const Trainer& trainer, const EpochMetrics& metrics) override;
  /// Once a step was made: what can only be resumed before its first step would never end.
  bool interrupts() const override;
  bool is_reached() const { return reached_; }

 private:
  bool is_over() const;

  std::optional<double> end_;  // monotonic_seconds()
  bool reached_ = false;
  bool stepped_ = false;
};

}  // namespace ae
