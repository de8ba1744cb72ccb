#pragma once

#include "runs/training_run.h"

namespace ae {

/// Time and throughput of training steps, by phase.
struct Profile {
  int64_t steps = 0;
  int64_t samples = 0;
  double seconds = 0;
  int threads = 1;
  /// Fractions of the threads' time by phase, which sum to 1. "waiting" is the rest: threads that
  /// wait for each other, and the training loop around the steps.
  std::vector<std::pair<std::string, double>> phase_fractions;
  /// Floating-point operations of dense matrix multiplications and convolutions per sample, forward
  /// and backward. Operations on the active latents alone are not counted.
  double operations_per_sample = 0;
  double operations_per_second = 0;
  double limit_per_second = 0;  ///< operations per second measured with large matrices

  double samples_per_second() const { return static_cast<double>(samples) / seconds; }
};

/// Trains for some seconds, at most to the end of training, and writes no files.
/// @throws Error(usage) if training ends during warm-up
Profile profile_training(TrainingRun& run);

}  // namespace ae
