#pragma once

#include <optional>
#include <string>

#include "training/trainer.h"

namespace ae {

/// Ends training after the present step once a time limit is reached.
class TimeLimit : public Observer {
 public:
  /// @param text   "90s", "30min", "2h"; none for no limit
  /// @param begin  start of the limit, monotonic_seconds()
  /// @throws Error(usage) if the text is not a duration
  TimeLimit(const std::optional<std::string>& text, double begin);

  Action on_step(const Trainer& trainer) override;
  Action on_epoch(const Trainer& trainer, const EpochMetrics& metrics) override;
  /// Returns true if the limit is reached and a step was made: a resumed run always makes progress.
  bool interrupts() const override;
  bool is_reached() const { return reached_; }

 private:
  bool is_over() const;

  std::optional<double> end_;  // monotonic_seconds()
  bool reached_ = false;
  bool stepped_ = false;
};

}  // namespace ae
