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
#include "training/logging_options.h"
#include "training/optimizer_part.h"
#include "training/resampling.h"

namespace ae {

/// Early stopping on the loss that selects the best checkpoint.
struct EarlyStoppingOptions {
  int64_t patience_epochs = 10;
  double min_delta = 0;

  void visit(OptionVisitor& visitor);
};

/// Exponential moving average (EMA) of the weights.
struct EmaOptions {
  double decay = 0.999;

  void visit(OptionVisitor& visitor);
};

/// Upper bound of training.threads, to catch mistakes.
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
  /// Rows per update; the last update of an epoch may have fewer.
  int64_t rows_per_update() const { return batch_size * accumulate_batches; }
  /// @param rows  training rows
  TrainingLength length(int64_t rows) const;
  /// dead_after, converted to training rows.
  int64_t dead_after_rows(int64_t rows) const;
};

/// All options of a config.
struct Experiment {
  std::string name;
  int64_t seed = 1;
  DataOptions data;
  CorruptionPart corruption;
  ModelOptions model;
  ObjectiveOptions objective;
  OptimizerPart optimizer;
  TrainingOptions training;
  LoggingOptions logging;

  void visit(OptionVisitor& visitor);
};

/// True if model and loss take any numbers, so that tables may be standardised.
bool takes_any_numbers(const Experiment& experiment);
/// Columns, by name, number or pattern, whose own reconstruction loss is not of any numbers.
std::vector<std::string> bounded_columns(const Experiment& experiment);

UpdateOptions update_options(const Experiment& experiment);

/// Reads and checks a config: preset of its kind, overridden by the file, overridden by `--set`.
/// @throws Error(usage) with one line: where, what was got, what is allowed
Experiment read_experiment(const std::filesystem::path& path,
                           const std::vector<std::string>& settings);

/// Checks a config that names its experiment: preset of its kind, overridden by the config.
/// @throws Error(usage)
Experiment experiment_of_config(const Json& config, const ConfigSource& source);

/// Reads and checks the complete config stored in a run.
Experiment stored_experiment(const Json& json, const ConfigSource& source);

}  // namespace ae
