#pragma once

#include "runs/training_run.h"

namespace ae {

/// Where the time of training steps goes.
struct Profile {
  int64_t steps = 0;
  int64_t samples = 0;
  double seconds = 0;
  int threads = 1;
  /// Shares of the threads' time, by phase, which add up to 1. "waiting" is what the others leave:
  /// threads that wait for each other, and the loop around the steps.
  std::vector<std::pair<std::string, double>> shares;
  /// Floating-point operations of matrix products and convolutions for a sample, forth and back;
  /// what costs only what the active latents cost is not among them.
  double operations_per_sample = 0;
  double operations_per_second = 0;
  double limit_per_second = 0;  ///< of such operations, by products of large matrices just now

  double samples_per_second() const { return static_cast<double>(samples) / seconds; }
};

/// Trains for some seconds, at most to the end of training, and writes nothing.
Profile profile_training(TrainingRun& run);

}  // namespace ae
