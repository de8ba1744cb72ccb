#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "training/trainer.h"

namespace ae {

/// Looks at each epoch's figures for what goes wrong without an error, and says so, each thing
/// once: what is seen, why it matters, and which option to set to what. Training goes on as it
/// would. It remembers nothing beyond its life, so that a resumed run may say again what it said
/// before.
class TrainingDiagnostics : public Observer {
 public:
  using Warn = std::function<void(const std::string&)>;

  /// @param warn  takes a warning, one line
  explicit TrainingDiagnostics(Warn warn) : warn_(std::move(warn)) {}

  void on_begin(const Trainer& trainer) override { in_use_step_ = trainer.state().step; }
  Action on_epoch(const Trainer& trainer, const EpochMetrics& metrics) override;
  void on_non_finite(const Trainer& /*trainer*/, const std::string& what) override { warn_(what); }

 private:
  enum class Problem { collapse, dead_latents, saturation, overfitting };

  /// A VAE's KL divergence is under 0.1 nat in all, or no unit is active, for longer than it takes
  /// a posterior to come into use, or as training ends.
  void watch_collapse(const Trainer& trainer, const SplitMetrics& measured);
  /// More than a tenth of the latents are dead at the end of two epochs in a row.
  void watch_dead_latents(const Trainer& trainer, const SplitMetrics& train);
  /// Most outputs are far from the data, at a bound of their activation.
  void watch_saturation(const Trainer& trainer);
  /// The validation loss rises while the training loss falls, three epochs in a row.
  void watch_overfitting(const Trainer& trainer, const EpochMetrics& metrics);
  void warn_once(Problem problem, const std::string& text);

  /// Losses of an epoch.
  struct Losses {
    double train;
    double validation;
  };

  Warn warn_;
  std::set<Problem> warned_;
  int64_t in_use_step_ = 0;  // the last at which the posterior was in use, or a warm-up went on
  int64_t collapsed_epochs_ = 0;  // in a row, as all of these
  int64_t dead_epochs_ = 0;
  int64_t saturated_epochs_ = 0;
  int64_t rising_epochs_ = 0;
  std::optional<Losses> first_;   // of the first epoch after every warm-up
  std::optional<Losses> before_;  // of the epoch before
};

}  // namespace ae
