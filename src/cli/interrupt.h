#pragma once

#include "training/trainer.h"

namespace ae {

/// Handles SIGINT, SIGTERM, SIGHUP and SIGXCPU. Before begin_saving() they end the process
/// immediately. After it, the first one ends training after the present step, or during an
/// evaluation, and a second one ends the process immediately. The exit code is 128 + the signal's
/// number in all cases.
class StopOnSignal : public Observer {
 public:
  StopOnSignal();
  /// From this call on, a signal ends training with a checkpoint.
  void begin_saving();
  Action on_step(const Trainer& trainer) override;
  Action on_epoch(const Trainer& trainer, const EpochMetrics& metrics) override;
  bool interrupts() const override { return signal() != 0; }
  /// Number of the received signal, or 0.
  static int signal();
};

}  // namespace ae
