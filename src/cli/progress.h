#pragma once

#include <cstdint>
#include <string>

#include "training/trainer.h"

namespace ae {

/// Shows the progress of training: on a terminal a line updated in place, with rate and remaining
/// time; always a log line per epoch, at most about two a second.
class Progress : public Observer {
 public:
  /// @param live  show the line that is updated in place
  explicit Progress(bool live) : live_(live) {}

  void on_begin(const Trainer& trainer) override;
  Action on_step(const Trainer& trainer) override;
  Action on_epoch(const Trainer& trainer, const EpochMetrics& metrics) override;
  void on_end(const Trainer& trainer) override;
  /// Clears the progress line and logs a warning.
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
