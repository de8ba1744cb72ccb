#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "report/tensorboard/event_file.h"
#include "runs/monitored_rows.h"
#include "training/trainer.h"

namespace ae {

/// Writes a run's event file for TensorBoard: the config and its hyperparameters, scalars of each
/// epoch and split, and, of the first epoch, the last one and as many between as take at most a
/// fiftieth of the time, histograms of weights and codes and pictures. Events that cannot be
/// written are kept in memory and written later; a warning is given once.
class TensorBoardLog : public Observer {
 public:
  using Warn = EventFile::Warn;

  /// Opens the event file. The arguments must outlive this.
  /// @param resumed_step  step of the checkpoint; null for a new run
  /// @throws Error(data) if it cannot be opened
  TensorBoardLog(const std::filesystem::path& folder, std::optional<int64_t> resumed_step,
                 const MonitoredRows& rows, TrainingEngine& engine, Warn warn);

  void on_begin(const Trainer& trainer) override;
  Action on_epoch(const Trainer& trainer, const EpochMetrics& metrics) override;
  void on_failure(const Trainer& trainer) override;
  /// Adds the scalars of the test rows, and the end of the run.
  void finish(const Trainer& trainer, const SplitMetrics* test);
  /// Writes all events and syncs the file to disk. Thread-safe. @throws Error(data)
  void sync() { file_.sync(); }

 private:
  void write_epoch(const Trainer& trainer);
  void flush();

  EventFile file_;
  const MonitoredRows& rows_;
  TrainingEngine& engine_;
  Warn warn_;
  bool warned_ = false;
  double begin_seconds_ = 0;
  double spent_seconds_ = 0;  // on histograms and pictures
};

}  // namespace ae
