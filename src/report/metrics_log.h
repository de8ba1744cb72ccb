#pragma once

#include <filesystem>
#include <functional>
#include <mutex>
#include <string>

#include "training/trainer.h"

namespace ae {

/// One line of metrics.jsonl: step, epoch, split, the loss and its terms, and mse.
/// @param width  values in a row: mse is squared_error divided by it
Json metrics_json(const SplitMetrics& metrics, const TrainingState& state, int64_t width);

/// Appends a line to metrics.jsonl for each epoch and split. Lines that cannot be written are kept
/// in memory and written later; a warning is given at each of the two moments.
class MetricsLog : public Observer {
 public:
  using Warn = std::function<void(const std::string&)>;

  /// Truncates an existing log to its first `epochs` epochs; a resumed run writes the later lines
  /// again. Damaged lines are moved to metrics.damaged.jsonl, with a warning.
  /// @throws Error(data) if the file cannot be written
  MetricsLog(std::filesystem::path path, int64_t epochs, Warn warn);
  ~MetricsLog() override;
  MetricsLog(const MetricsLog&) = delete;
  MetricsLog& operator=(const MetricsLog&) = delete;

  Action on_epoch(const Trainer& trainer, const EpochMetrics& metrics) override;
  void write(const Trainer& trainer, const SplitMetrics& metrics);
  /// Writes all lines and syncs the file to disk. Thread-safe.
  /// @throws Error(data) if that fails
  void sync();

 private:
  /// Writes the pending lines. @throws Error(data) if they remain pending
  void append();
  /// Opens the file again if its name refers to another file now, or to none.
  void reopen();

  std::filesystem::path path_;
  Warn warn_;
  std::mutex mutex_;  // guards the members below
  int file_ = -1;
  int64_t size_ = 0;     // bytes of complete lines in the file
  std::string pending_;  // lines that are not written yet
  bool failed_ = false;  // a warning was given
};

}  // namespace ae
