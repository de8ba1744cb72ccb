#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "config/json.h"
#include "config/part.h"
#include "config/reader.h"
#include "data/options.h"
#include "engine/optimizer.h"
#include "models/options.h"
#include "training/interval.h"

namespace ae {

/// Ends training when the loss that chooses the best checkpoint no longer falls.
struct EarlyStoppingOptions {
  int64_t patience_epochs = 10;
  double min_delta = 0;

  void visit(OptionVisitor& visitor);
};

struct TrainingOptions {
  int64_t epochs = 10;
  int64_t batch_size = 128;
  std::optional<EarlyStoppingOptions> early_stopping;
  Interval checkpoint_every{30, Interval::Unit::seconds};
  std::optional<int64_t> threads;

  void visit(OptionVisitor& visitor);
};

/// All that a config says.
struct Experiment {
  std::string name;
  int64_t seed = 1;
  DataOptions data;
  CorruptionPart corruption;
  ModelOptions model;
  ObjectiveOptions objective;
  Part<OptimizerSpec> optimizer{"adam"};
  TrainingOptions training;

  void visit(OptionVisitor& visitor);
};

/// Reads a config file, lays it over the preset of its kind, applies `--set` settings, checks it.
/// @throws Error(usage) with one line: where, what was got, what is allowed
Experiment read_experiment(const std::filesystem::path& path,
                           const std::vector<std::string>& settings);

/// The same from JSON, as kept in a run.
Experiment experiment_from_json(const Json& json, const ConfigSource& source);

}  // namespace ae
