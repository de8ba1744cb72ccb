#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>

#include "checkpoints/checkpoint.h"
#include "checkpoints/retention.h"
#include "core/background_task.h"
#include "training/trainer.h"

namespace ae {

/// Saves checkpoints/step_N at the configured intervals and at the end; `last` and `best` are
/// links. Snapshots are taken between two steps and written by a background thread. The best
/// epoch's weights stay in memory until the next save, which keeps small models from writing at
/// every epoch. A failed save is retried with a warning and growing pauses; it is an error only at
/// the end of training.
class Checkpointer : public Observer {
 public:
  using Warn = std::function<void(const std::string&)>;

  /// @param folder  the run's checkpoints/
  /// @param before  called by the writing thread before each save: syncs the log, which no
  ///                checkpoint may be ahead of; may throw Error(data)
  /// @param warn    receives a warning when saving fails, and when it succeeds again
  Checkpointer(std::filesystem::path folder, CheckpointInfo info, const TrainingEngine& engine,
               std::function<void()> before, Warn warn);

  void on_begin(const Trainer& trainer) override;
  Action on_step(const Trainer& trainer) override;
  Action on_epoch(const Trainer& trainer, const EpochMetrics& metrics) override;
  /// Returns when everything is written. @throws Error(data) if it cannot be, with what is lost
  void on_end(const Trainer& trainer) override;
  void on_non_finite(const Trainer& trainer, const std::string& what) override;
  /// Saves the present state if its weights are finite, else the best epoch so far.
  void on_failure(const Trainer& trainer) override;

 private:
  using Snapshot = std::shared_ptr<const TrainingSnapshot>;
  /// Snapshots written by one background task.
  struct Task {
    Snapshot best;  ///< null if the best epoch is saved already
    Snapshot last;  ///< null if the last state is saved already, or is the best
    int64_t step = 0;
    int64_t epoch = 0;
  };

  /// Returns true if the config asks for a checkpoint of exactly this step.
  bool is_exact(const Trainer& trainer) const;
  bool is_due(const Trainer& trainer) const;
  void save_if_due(const Trainer& trainer);
  void start(const Trainer& trainer);
  /// Waits for the running task and records its outcome. @return false if it failed
  bool finish();
  /// Warns once when saving begins to fail, and once when it works again.
  void report_failure();
  void write(const Task& task) const;
  void repair_links(const TrainingState& state) const;

  std::filesystem::path folder_;
  CheckpointInfo info_;
  const TrainingEngine& engine_;
  std::function<void()> before_;
  Warn warn_;
  Retention retention_;
  Snapshot unsaved_best_;
  int64_t best_step_ = 0;
  Task task_;  // running
  int64_t saved_step_ = 0;
  int64_t saved_epoch_ = 0;
  int64_t begun_step_ = 0;  // of the last task; intervals count from there
  int64_t begun_epoch_ = 0;
  double begun_seconds_ = 0;
  std::string failure_;  // why the last task failed, or empty
  bool failure_reported_ = false;
  double pause_seconds_ = 0;   // before the next attempt
  BackgroundTask background_;  // last, so that it is destroyed before the members it uses
};

}  // namespace ae
