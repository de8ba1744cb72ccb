#pragma once

#include <cstdint>
#include <string>

#include "training/trainer.h"

namespace ae {

/// Shows how training goes: on a terminal a line that renews itself, with rate and time left;
/// elsewhere a plain line for an epoch, at most about two a second.
class Progress : public Observer {
 public:
  /// @param live  renew a line in place; else plain log lines only
  explicit Progress(bool live) : live_(live) {}

  void on_begin(const Trainer& trainer) override;
  Action on_step(const Trainer& trainer) override;
  Action on_epoch(const Trainer& trainer, const EpochMetrics& metrics) override;
  void on_end(const Trainer& trainer) override;
  /// Logs a warning, and not on the line that renews itself.
  void warn(const std::string& text);

 private:
  void show_line(const Trainer& trainer);
  void clear_line();

  bool live_;
  bool line_shown_ = false;
  double begin_seconds_ = 0;
  double begin_epochs_ = 0;
  double shown_seconds_ = 0;
  double logged_seconds_ = 0;
};

}  // namespace ae
