#pragma once

#include <filesystem>
#include <optional>

#include "runs/checkpoint.h"
#include "training/trainer.h"

namespace ae {

/// Saves checkpoints/step_N as often as the config says and at the end; `last` and `best` are
/// links. The best epoch's weights wait in memory for the next time that something is saved, so
/// that a small model does not spend its time writing.
class Checkpointer : public Observer {
 public:
  /// @param folder  the run's checkpoints/
  Checkpointer(std::filesystem::path folder, CheckpointInfo info, const Learner& learner);

  void on_begin(const Trainer& trainer) override;
  Action on_step(const Trainer& trainer) override;
  Action on_epoch(const Trainer& trainer, const std::vector<SplitMetrics>& metrics) override;
  void on_end(const Trainer& trainer) override;
  /// Saves the best epoch so far, where it is not saved yet.
  void on_failure(const Trainer& trainer) override;

 private:
  bool is_due(const Trainer& trainer) const;
  void save(const Trainer& trainer);
  void save_best();
  std::string save_step(const TrainingSnapshot& snapshot);
  void remove_strays() const;

  std::filesystem::path folder_;
  CheckpointInfo info_;
  const Learner& learner_;
  std::optional<TrainingSnapshot> unsaved_best_;
  int64_t best_step_ = 0;
  int64_t saved_step_ = -1;
  int64_t saved_epoch_ = 0;
  double saved_seconds_ = 0;
};

}  // namespace ae
