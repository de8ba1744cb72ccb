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

/// The best epoch so far, by the loss that chooses it.
struct BestEpoch {
  double loss = std::numeric_limits<double>::infinity();
  int64_t epoch = 0;
  int64_t step = 0;
};

/// What has become of losses and gradients that were not finite.
struct NonFiniteEvents {
  int64_t skipped_updates = 0;
  int64_t rollbacks = 0;
  double learning_rate_factor = 1;  ///< halved by each rollback

  bool operator==(const NonFiniteEvents&) const = default;
};

/// How far training has come: together with the config, the weights and the optimiser's memory,
/// all that the rest of it follows from.
struct TrainingState {
  int64_t epoch = 0;      ///< epochs completed
  int64_t step = 0;       ///< updates made
  int64_t rows_done = 0;  ///< rows of the present epoch that are behind
  int64_t samples = 0;    ///< those of them that are in the sums: not those of skipped updates
  std::vector<std::pair<std::string, double>> sums;  ///< of the present epoch, so far
  double seconds = 0;                                ///< of training in the present epoch
  BestEpoch best;
  ScheduleState schedule;
  NonFiniteEvents non_finite_events;

  Json to_json() const;
  /// @throws Error(data) naming `source` where a field is missing, of another type, or
  ///         beyond what training could reach
  static TrainingState from_json(const Json& json, const std::string& source);
};

/// All that a checkpoint saves.
struct TrainingSnapshot {
  TrainingState state;
  EngineSnapshot engine;
};

}  // namespace ae
