#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "config/json.h"
#include "engine/learner.h"
#include "training/schedule.h"

namespace ae {

/// The best epoch so far, by the loss that chooses it.
struct BestEpoch {
  double loss = std::numeric_limits<double>::infinity();
  int64_t epoch = 0;
  int64_t step = 0;
};

/// How far training has come: together with the config, the weights and the optimiser's memory,
/// all that the rest of it follows from.
struct TrainingState {
  int64_t epoch = 0;      ///< epochs completed
  int64_t step = 0;       ///< updates made
  int64_t rows_done = 0;  ///< rows of the present epoch that have been learned from
  std::vector<std::pair<std::string, double>> sums;  ///< of the present epoch, so far
  double seconds = 0;                                ///< of training in the present epoch
  BestEpoch best;
  ScheduleState schedule;

  Json to_json() const;
  /// @throws Error(data) naming `source` where a field is missing or of another type
  static TrainingState from_json(const Json& json, const std::string& source);
};

/// All that a checkpoint saves.
struct TrainingSnapshot {
  TrainingState state;
  LearnerSnapshot learner;
};

}  // namespace ae
