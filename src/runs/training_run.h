#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "checkpoints/checkpoint.h"
#include "config/json.h"
#include "data/location.h"
#include "engine/training_engine.h"
#include "report/metrics_log.h"
#include "run_directory/run_directory.h"
#include "run_directory/run_paths.h"
#include "training/preflight_checks.h"
#include "training/trainer.h"

namespace ae {

struct TrainRequest {
  std::filesystem::path config;
  std::vector<std::string> settings;    ///< "model.latent_dim=2"
  std::filesystem::path run_directory;  ///< empty for runs/NAME
  std::string data_root;
  std::string device = "auto";
  bool overwrite = false;
  bool resume = false;
  bool unverified = false;  ///< a checkpoint without its checksum may be resumed
  bool dry_run = false;     ///< nothing will be written: the run directory may be anything
  std::vector<std::string> command_line;
};

/// An experiment with its data and model: read, checked and built, and nothing written yet.
class TrainingRun {
 public:
  /// @throws Error(usage) for a config or a run directory that cannot be used
  /// @throws Error(data) for data that cannot
  explicit TrainingRun(TrainRequest request);

  /// Makes the run directory, or takes up the one that is resumed: the first thing that is written,
  /// and the last that can find the place unusable.
  /// @throws Error(data) where it cannot be written
  void open();
  /// Trains, saves checkpoints and metrics as it goes, and ends with the test split, codes and
  /// pictures of the best checkpoint. A run that an observer stopped ends with its checkpoint.
  /// @param warn  told what goes wrong meanwhile and does not end training
  /// @return      the result, as --json prints it
  Json run(const std::vector<Observer*>& observers, const MetricsLog::Warn& warn);

  const Experiment& experiment() const { return experiment_; }
  const Splits& splits() const { return splits_; }
  /// The run's paths by its name.
  const RunPaths& paths() const { return paths_; }
  TrainingEngine& engine() { return *engine_; }
  /// True where a resumed run has nothing left to do.
  bool is_finished() const;
  int64_t resumed_epochs() const { return resumed_epochs_; }
  /// What a user should know before training.
  const PreflightReport& preflight() const { return preflight_; }

 private:
  int threads_for(const Autoencoder& model) const;
  void check_run_directory();
  void take_up_checkpoint();
  void check_data() const;
  void check_data_outside() const;
  void note_new_end();
  void create_run_directory();
  void continue_run_directory();
  Json train(const std::vector<Observer*>& observers, const MetricsLog::Warn& warn);
  /// What comes after training. @return false where an observer interrupted it
  bool finish(Trainer& trainer, MetricsLog& log, Json& result);

  TrainRequest request_;
  Experiment experiment_;
  RunPaths paths_;
  bool resuming_ = false;
  bool opened_ = false;
  int64_t resumed_epochs_ = 0;
  int64_t planned_epochs_ = 0;  ///< training.epochs of the checkpoint that is resumed
  std::optional<RunDirectory> directory_;
  ResumePoint resume_point_;
  DataLocations locations_;
  Splits splits_;
  std::unique_ptr<TrainingEngine> engine_;
  TrainingSnapshot start_;
  PreflightReport preflight_;
};

}  // namespace ae
