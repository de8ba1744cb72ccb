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

/// Saves checkpoints/step_N as often as the config says and at the end; `last` and `best` are
/// links. A snapshot is taken between two steps and written by another thread while training goes
/// on. The best epoch's weights wait in memory for the next time that something is saved, so that a
/// small model does not spend its time writing. What cannot be written is tried again, with a
/// warning and ever longer pauses; only at the end it is an error.
class Checkpointer : public Observer {
 public:
  using Warn = std::function<void(const std::string&)>;

  /// @param folder  the run's checkpoints/
  /// @param before  done by the writing thread before it writes: puts the log on the disk, which no
  ///                checkpoint may be ahead of; may throw Error(data)
  /// @param warn    told when checkpoints cannot be written, and when they can be again
  Checkpointer(std::filesystem::path folder, CheckpointInfo info, const TrainingEngine& engine,
               std::function<void()> before, Warn warn);

  void on_begin(const Trainer& trainer) override;
  Action on_step(const Trainer& trainer) override;
  Action on_epoch(const Trainer& trainer, const EpochMetrics& metrics) override;
  /// Returns when all is written. @throws Error(data) saying what is lost where it cannot be
  void on_end(const Trainer& trainer) override;
  void on_non_finite(const Trainer& trainer, const std::string& what) override;
  /// Saves what is good: the state that training is in, or else the best epoch so far.
  void on_failure(const Trainer& trainer) override;

 private:
  using Snapshot = std::shared_ptr<const TrainingSnapshot>;
  /// What is written at a time.
  struct Task {
    Snapshot best;  ///< null where the best epoch is saved already
    Snapshot last;  ///< null where the last state is saved already, or is the best
    int64_t step = 0;
    int64_t epoch = 0;
  };

  /// True where the config wants a checkpoint of this very step, not of some moment.
  bool is_exact(const Trainer& trainer) const;
  bool is_due(const Trainer& trainer) const;
  void save_if_due(const Trainer& trainer);
  void start(const Trainer& trainer);
  /// Waits for the task under way and takes up what became of it. @return false where it failed
  bool finish();
  void tell();
  void write(const Task& task) const;
  void mend_links(const TrainingState& state) const;

  std::filesystem::path folder_;
  CheckpointInfo info_;
  const TrainingEngine& engine_;
  std::function<void()> before_;
  Warn warn_;
  Retention retention_;
  Snapshot unsaved_best_;
  int64_t best_step_ = 0;
  Task task_;  // under way
  int64_t saved_step_ = 0;
  int64_t saved_epoch_ = 0;
  int64_t begun_step_ = 0;  // of the last task; the next is counted from there
  int64_t begun_epoch_ = 0;
  double begun_seconds_ = 0;
  std::string failure_;  // why the last task failed, or empty
  bool failure_told_ = false;
  double pause_seconds_ = 0;   // before the next try
  BackgroundTask background_;  // ends first, as it uses the others
};

}  // namespace ae
