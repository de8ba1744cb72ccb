#pragma once

#include "training/trainer.h"

namespace ae {

/// Takes SIGINT, SIGTERM, SIGHUP and SIGXCPU over. Before there is anything to save they end the
/// process at once; later they end training after the present step, or in the midst of a
/// validation, and a second one ends the process at once. The exit code is 128 + the signal's
/// number either way.
class StopOnSignal : public Observer {
 public:
  StopOnSignal();
  /// From here on a signal waits for what has to be saved.
  void begin_saving();
  Action on_step(const Trainer& trainer) override;
  Action on_epoch(const Trainer& trainer, const EpochMetrics& metrics) override;
  bool interrupts() const override { return signal() != 0; }
  /// The signal that came, or 0.
  static int signal();
};

}  // namespace ae
