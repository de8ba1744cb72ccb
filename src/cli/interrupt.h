#pragma once

#include "training/trainer.h"

namespace ae {

/// Ends training after the present step on SIGINT or SIGTERM; a second signal ends the process at
/// once.
class StopOnSignal : public Observer {
 public:
  /// Takes the signals over from now on.
  StopOnSignal();
  Action on_step(const Trainer& trainer) override;
  Action on_epoch(const Trainer& trainer, const std::vector<SplitMetrics>& metrics) override;
  /// The signal that came, or 0.
  static int signal();
};

}  // namespace ae
