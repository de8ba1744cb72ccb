#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "training/trainer.h"

namespace ae {

/// Warns once about each training problem visible in an epoch's metrics: the problem, its effect,
/// and the option to change. Does not influence training. Not part of a checkpoint: a resumed run
/// may repeat a warning.
class TrainingDiagnostics : public Observer {
 public:
  using Warn = std::function<void(const std::string&)>;

  /// @param warn  called with each warning, one line
  explicit TrainingDiagnostics(Warn warn) : warn_(std::move(warn)) {}

  void on_begin(const Trainer& trainer) override { in_use_step_ = trainer.state().step; }
  Action on_epoch(const Trainer& trainer, const EpochMetrics& metrics) override;
  void on_non_finite(const Trainer& /*trainer*/, const std::string& what) override { warn_(what); }

 private:
  enum class Problem { collapse, distant_posterior, dead_latents, saturation, overfitting };

  /// Posterior collapse: a VAE's total KL divergence stays below 0.1 nat, or no unit is active, for
  /// longer than usual at the start of training, or at its end.
  void watch_collapse(const Trainer& trainer, const SplitMetrics& measured);
  /// The opposite of collapse: at the end of training the aggregated posterior is far from the
  /// prior, in the mean over latents, so that samples from the prior decode codes of no row.
  void watch_prior(const Trainer& trainer);
  /// Dead latents: more than a tenth, at the end of two consecutive epochs; where an auxiliary loss
  /// or resampling revives them, which takes a while, of the last two epochs.
  void watch_dead_latents(const Trainer& trainer, const SplitMetrics& train);
  /// Saturated outputs: most are at a bound of the output activation and far from the data.
  void watch_saturation(const Trainer& trainer);
  /// Overfitting: validation loss rises while training loss falls, for three consecutive epochs.
  void watch_overfitting(const Trainer& trainer, const EpochMetrics& metrics);
  void warn_once(Problem problem, const std::string& text);

  /// Losses of an epoch.
  struct Losses {
    double train;
    double validation;
  };

  Warn warn_;
  std::set<Problem> warned_;
  int64_t in_use_step_ = 0;  // last step with an uncollapsed posterior or an unfinished warm-up
  int64_t collapsed_epochs_ = 0;  // consecutive, as the counters below
  int64_t dead_epochs_ = 0;
  int64_t saturated_epochs_ = 0;
  int64_t rising_epochs_ = 0;
  std::optional<Losses> first_;   // first epoch after all warm-ups
  std::optional<Losses> before_;  // previous epoch
};

}  // namespace ae
