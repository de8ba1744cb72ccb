#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "config/interval.h"
#include "config/json.h"
#include "config/part.h"
#include "config/reader.h"
#include "data/options.h"
#include "engine/training_engine.h"
#include "models/options.h"
#include "training/optimizer_part.h"
#include "training/resampling.h"

namespace ae {

/// Ends training when the loss that chooses the best checkpoint no longer falls.
struct EarlyStoppingOptions {
  int64_t patience_epochs = 10;
  double min_delta = 0;

  void visit(OptionVisitor& visitor);
};

/// An exponential moving average of the weights.
struct EmaOptions {
  double decay = 0.999;

  void visit(OptionVisitor& visitor);
};

/// More than any machine has: a mistake.
inline constexpr int64_t kMaxThreads = 1024;

struct TrainingOptions {
  int64_t epochs = 10;
  int64_t batch_size = 128;
  int64_t accumulate_batches = 1;
  std::optional<EmaOptions> ema;
  std::optional<EarlyStoppingOptions> early_stopping;
  Interval checkpoint_every{30, Interval::Unit::seconds};
  int64_t keep_last = 1;
  std::optional<Interval> keep_every;
  Interval dead_after{1, Interval::Unit::epochs};
  std::optional<ResamplingOptions> resample_dead;
  std::optional<int64_t> threads;
  std::string precision = "float32";
  std::string on_non_finite = "stop";
  int64_t non_finite_limit = 10;
  bool deterministic = false;
  bool cuda_graphs = true;

  void visit(OptionVisitor& visitor);
  /// Rows that an update learns from, but for the last of an epoch.
  int64_t rows_per_update() const { return batch_size * accumulate_batches; }
  /// @param rows  training rows
  TrainingLength length(int64_t rows) const;
  /// dead_after in rows of training.
  int64_t dead_after_rows(int64_t rows) const;
};

/// All that a config says.
struct Experiment {
  std::string name;
  int64_t seed = 1;
  DataOptions data;
  CorruptionPart corruption;
  ModelOptions model;
  ObjectiveOptions objective;
  OptimizerPart optimizer;
  TrainingOptions training;

  void visit(OptionVisitor& visitor);
};

/// What the learner needs beside the model and the optimiser.
UpdateOptions update_options(const Experiment& experiment);

/// Reads a config file, lays it over the preset of its kind, applies `--set` settings, checks it.
/// @throws Error(usage) with one line: where, what was got, what is allowed
Experiment read_experiment(const std::filesystem::path& path,
                           const std::vector<std::string>& settings);

/// The same from JSON, as kept in a run.
Experiment experiment_from_json(const Json& json, const ConfigSource& source);

}  // namespace ae
