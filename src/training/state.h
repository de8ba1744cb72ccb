#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "config/json.h"
#include "engine/training_engine.h"
#include "training/schedule.h"

namespace ae {

/// Best epoch so far, by validation loss (training loss without validation).
struct BestEpoch {
  double loss = std::numeric_limits<double>::infinity();
  int64_t epoch = 0;
  int64_t step = 0;
};

/// Counts of skipped updates and rollbacks after non-finite losses or gradients.
struct NonFiniteEvents {
  int64_t skipped_updates = 0;
  int64_t rollbacks = 0;
  double learning_rate_factor = 1;  ///< halved by each rollback

  bool operator==(const NonFiniteEvents&) const = default;
};

/// Progress of training. With config, weights and optimiser state it determines the rest of the
/// run.
struct TrainingState {
  int64_t epoch = 0;      ///< completed epochs
  int64_t step = 0;       ///< updates made, skipped ones included
  int64_t rows_done = 0;  ///< rows of the current epoch processed
  int64_t samples = 0;    ///< rows in `sums`; excludes those of skipped updates
  std::vector<std::pair<std::string, double>> sums;  ///< loss terms of the current epoch
  double seconds = 0;                                ///< of training in the current epoch
  BestEpoch best;
  ScheduleState schedule;
  NonFiniteEvents non_finite_events;

  Json to_json() const;
  /// @throws Error(data) naming `source` if a field is missing, has a wrong type or is out of range
  static TrainingState from_json(const Json& json, const std::string& source);
};

/// Contents of a checkpoint.
struct TrainingSnapshot {
  TrainingState state;
  EngineSnapshot engine;
};

}  // namespace ae
