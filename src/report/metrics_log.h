#pragma once

#include <filesystem>
#include <functional>
#include <mutex>
#include <string>

#include "training/trainer.h"

namespace ae {

/// One line of metrics.jsonl: step, epoch, split, the loss and its parts, mse beside squared_error.
Json metrics_json(const SplitMetrics& metrics, const TrainingState& state, int64_t width);

/// Appends a line to metrics.jsonl for each epoch and split. Lines that cannot be written are kept
/// and written later, with a warning now and a word then.
class MetricsLog : public Observer {
 public:
  using Warn = std::function<void(const std::string&)>;

  /// Keeps the lines on the first `epochs` epochs; a resumed run writes the later ones again.
  /// Damaged lines are moved to metrics.damaged.jsonl, with a warning.
  /// @throws Error(data) where the file cannot be written
  MetricsLog(std::filesystem::path path, int64_t epochs, Warn warn);
  ~MetricsLog() override;
  MetricsLog(const MetricsLog&) = delete;
  MetricsLog& operator=(const MetricsLog&) = delete;

  Action on_epoch(const Trainer& trainer, const EpochMetrics& metrics) override;
  void write(const Trainer& trainer, const SplitMetrics& metrics);
  /// When this returns all lines are on the disk. May be called by another thread.
  /// @throws Error(data) where they cannot be
  void sync();

 private:
  /// Writes the lines that wait. @throws Error(data) where they have to go on waiting
  void append();
  /// Opens the file anew where it is no longer the one under its name.
  void reopen();

  std::filesystem::path path_;
  Warn warn_;
  std::mutex mutex_;  // guards what follows
  int file_ = -1;
  int64_t size_ = 0;     // of what is in it: whole lines
  std::string waiting_;  // lines that are not written yet
  bool failed_ = false;  // and the user was told
};

}  // namespace ae
