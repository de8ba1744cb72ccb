#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "checkpoints/checkpoint.h"
#include "config/json.h"
#include "data/equal_rows.h"
#include "data/location.h"
#include "engine/training_engine.h"
#include "report/metrics_log.h"
#include "run_directory/run_directory.h"
#include "run_directory/run_paths.h"
#include "training/preflight_checks.h"
#include "training/trainer.h"

namespace ae {

class RunLogging;

/// Command-line options of ae-train.
struct TrainRequest {
  std::filesystem::path config;
  std::vector<std::string> settings;    ///< "model.latent_dim=2"
  std::filesystem::path run_directory;  ///< empty for runs/NAME
  std::string data_root;
  std::string device = "auto";
  bool overwrite = false;
  bool resume = false;
  std::string from;         ///< name of the checkpoint to resume from; empty for the last
  bool strict = false;      ///< refuse validation and test rows outside the training range
  bool unverified = false;  ///< resume from a checkpoint without a checksum
  bool dry_run = false;     ///< nothing will be written: the run directory is not checked
  std::vector<std::string> command_line;
};

/// A training run: an experiment with its data, model and run directory. The constructor reads,
/// checks and builds everything, and writes nothing.
class TrainingRun {
 public:
  /// @throws Error(usage) if the config or the run directory cannot be used
  /// @throws Error(data) if the data cannot be used
  explicit TrainingRun(TrainRequest request);

  /// Creates the run directory, or opens the one to resume. Nothing is written before.
  /// @throws Error(data) if it cannot be written
  void open();
  /// Trains, saving checkpoints and metrics, then evaluates the best checkpoint on the test split
  /// and writes its codes, pictures and report. A run that an observer stops ends with a
  /// checkpoint.
  /// @param warn  receives warnings as they arise, but those of preflight()
  /// @return      the result, as --json prints it
  Json run(const std::vector<Observer*>& observers, const MetricsLog::Warn& warn);

  const Experiment& experiment() const { return experiment_; }
  const Splits& splits() const { return splits_; }
  const EqualRows& equal_rows() const { return equal_rows_; }
  /// Paths by the run directory's name.
  const RunPaths& paths() const { return paths_; }
  TrainingEngine& engine() { return *engine_; }
  /// Returns true if a resumed run has nothing left to do.
  bool is_finished() const;
  int64_t resumed_epochs() const { return resumed_epochs_; }
  /// Warnings and notes to show before training.
  const PreflightReport& preflight() const { return preflight_; }

 private:
  int threads_for(const Autoencoder& model, const Objective& objective, at::Device device) const;
  void check_run_directory();
  void load_checkpoint();
  void load_initial_weights();
  /// Refuses a freeze that leaves nothing of the model to train.
  void check_freeze() const;
  /// Loads the splits, by the stored preprocessing if the run is resumed.
  void load_data();
  void check_data() const;
  /// Warns of validation and test rows outside the range of the training rows, or refuses them.
  void check_held_out_range();
  void check_data_outside() const;
  void note_changed_length();
  void remove_old_versions();
  void create_run_directory();
  void continue_run_directory();
  Trainer::Outcome run_trainer(Trainer& trainer) const;
  Json train(const std::vector<Observer*>& observers, const MetricsLog::Warn& show_warning);
  /// Evaluates and writes results after training. @return false if an observer interrupted it
  bool finish(Trainer& trainer, MetricsLog& log, RunLogging& logging,
              const std::vector<std::string>& warnings, const MetricsLog::Warn& warn, Json& result);

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
  std::filesystem::path initial_weights_;  ///< empty if weights are initialised
  Json provenance_;                        ///< of the initial weights, for the manifest
  Splits splits_;
  EqualRows equal_rows_;
  std::unique_ptr<TrainingEngine> engine_;
  TrainingSnapshot start_;
  PreflightReport preflight_;
};

}  // namespace ae
