#pragma once

#include <cstdint>
#include <string>

#include "training/trainer.h"

namespace ae {

/// Shows the progress of training: on a terminal a line updated in place, with rate and remaining
/// time, elsewhere such a line every half minute; always a log line per epoch, at most about two a
/// second.
class Progress : public Observer {
 public:
  /// @param live                   show the line that is updated in place
  /// @param seconds_between_lines  within an epoch, where it is not shown
  explicit Progress(bool live, double seconds_between_lines = 30)
      : live_(live), seconds_between_lines_(seconds_between_lines) {}

  void on_begin(const Trainer& trainer) override;
  Action on_step(const Trainer& trainer) override;
  Action on_epoch(const Trainer& trainer, const EpochMetrics& metrics) override;
  void on_end(const Trainer& trainer) override;
  /// Clears the progress line and logs a warning.
  void warn(const std::string& text);

 private:
  /// Bar, loss, rate and time left within an epoch.
  std::string line_of(const Trainer& trainer, bool with_bar) const;
  void clear_line();

  bool live_;
  double seconds_between_lines_;
  bool line_shown_ = false;
  double begin_seconds_ = 0;
  double begin_epochs_ = 0;
  double shown_seconds_ = 0;
  double logged_seconds_ = 0;
};

/// Logs the progress of a long computation over rows, with the time left, every five seconds.
class RowProgress {
 public:
  /// @param what  is computed; another text begins anew
  void operator()(const std::string& what, int64_t done, int64_t rows);

 private:
  std::string what_;
  double begin_seconds_ = 0;
  double logged_seconds_ = 0;
};

}  // namespace ae
