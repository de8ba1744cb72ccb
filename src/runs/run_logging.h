#pragma once

#include <functional>
#include <optional>
#include <string>

#include "run_directory/run_paths.h"
#include "runs/epoch_pictures.h"
#include "runs/monitored_rows.h"
#include "runs/tensorboard_log.h"
#include "training/trainer.h"

namespace ae {

/// Files beside metrics.jsonl by which people follow a run: metrics.csv, TensorBoard's event file
/// and pictures, as the config's `logging` asks.
class RunLogging : public Observer {
 public:
  using Warn = std::function<void(const std::string&)>;

  /// Opens the event file. The arguments must outlive this.
  /// @param resumed  state of the checkpoint; null for a new run
  /// @throws Error(data) if it cannot be opened
  RunLogging(const RunPaths& paths, const Experiment& experiment, const Splits& splits,
             TrainingEngine& engine, const std::optional<TrainingState>& resumed, Warn warn);

  /// Adds the observers to a trainer, after that of metrics.jsonl.
  void observe(Trainer& trainer);
  Action on_epoch(const Trainer& trainer, const EpochMetrics& metrics) override;
  void on_end(const Trainer& trainer) override;
  /// Syncs the event file, which no checkpoint may be ahead of. Thread-safe. @throws Error(data)
  void sync();
  /// Adds the figures of the test rows and the codes, with the weights of the best checkpoint in
  /// the model. @throws Error(data)
  void finish(const Trainer& trainer, const SplitMetrics* test);

 private:
  /// Writes metrics.csv; a failure is a warning, given once.
  void write_csv();

  const RunPaths paths_;
  const Splits& splits_;
  TrainingEngine& engine_;
  uint64_t seed_;
  Warn warn_;
  MonitoredRows rows_;
  std::optional<TensorBoardLog> tensorboard_;
  std::optional<EpochPictures> pictures_;
  double csv_written_ = 0;  // monotonic_seconds()
  bool csv_failed_ = false;
};

}  // namespace ae
