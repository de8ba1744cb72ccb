#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/error.h"
#include "data/resident_rows.h"
#include "data/splits.h"
#include "engine/training_engine.h"
#include "models/latent_statistics.h"
#include "models/saturation.h"
#include "training/experiment.h"
#include "training/state.h"

namespace ae {

/// Means over the samples of a split at the end of an epoch.
struct SplitMetrics {
  std::string split;  ///< "train", "validation" or "test"
  LossTerms::Means means;
  double samples_per_second = 0;  ///< train only; without validation
  double seconds = 0;             ///< train only; without validation
  double learning_rate = 0;       ///< train only; of the epoch's last update

  std::optional<double> find(std::string_view name) const { return find_mean(means, name); }
  double loss() const { return mean_of(means, "loss"); }
};

/// Metrics of an epoch.
struct EpochMetrics {
  SplitMetrics train;
  std::optional<SplitMetrics> validation;

  /// The split whose loss selects the best checkpoint and stops training early.
  const SplitMetrics& selection() const { return validation ? *validation : train; }
};

class Trainer;

/// True if training is complete: all epochs done, or stopped early.
bool is_done(const TrainingOptions& options, const TrainingState& state);

/// @throws Error(usage) with the arithmetic if a schedule or warm-up outlasts training
void check_lengths(const Experiment& experiment, const TrainingLength& training,
                   const std::string& config);

/// Observer of training, which may also stop it. Called between steps, never during one.
class Observer {
 public:
  enum class Action { go_on, stop };

  virtual ~Observer() = default;
  virtual void on_begin(const Trainer& /*trainer*/) {}
  virtual Action on_step(const Trainer& /*trainer*/) { return Action::go_on; }
  virtual Action on_epoch(const Trainer& /*trainer*/, const EpochMetrics& /*metrics*/) {
    return Action::go_on;
  }
  /// Called between batches of an evaluation; true aborts the evaluation, which is repeated when
  /// training is resumed.
  virtual bool interrupts() const { return false; }
  /// Called after the last step, unless an error ended training.
  virtual void on_end(const Trainer& /*trainer*/) {}
  /// Called after a non-finite loss or gradient was handled by skipping the update or rolling back,
  /// as `what` describes; the trainer is already in the restored state.
  virtual void on_non_finite(const Trainer& /*trainer*/, const std::string& /*what*/) {}
  /// Called when an error ends training, to save the last good state.
  virtual void on_failure(const Trainer& /*trainer*/) {}
};

/// Training loop: epochs of shuffled mini-batches, each followed by validation.
class Trainer {
 public:
  enum class Outcome { completed, stopped };

  /// The arguments must outlive this.
  Trainer(const Experiment& experiment, const Splits& splits, TrainingEngine& engine);

  void add(Observer& observer) { observers_.push_back(&observer); }
  /// Restores a snapshot, from which run() continues.
  void resume(const TrainingSnapshot& snapshot);
  /// @throws Error(diverged) if a loss, gradient or weight is not finite and the policy is to stop
  Outcome run();

  /// Means of the loss terms over held-out rows with the current weights; for a model with a prior
  /// also the number of active units.
  /// @return  nullopt if an observer interrupted it
  std::optional<LossTerms::Means> evaluate(const RowSet& set);
  /// True if an observer requests that evaluations end.
  bool is_interrupted() const;

  /// Progress of training. `seconds` excludes the time since this process entered the epoch; see
  /// epoch_seconds().
  const TrainingState& state() const { return state_; }
  /// Seconds of training in the current epoch so far.
  double epoch_seconds() const;
  const Experiment& experiment() const { return experiment_; }
  const Splits& splits() const { return splits_; }
  TrainingSnapshot snapshot() const;
  /// Latent statistics of the last evaluation: in Observer::on_epoch, of validation. Null if there
  /// was none.
  const LatentStatistics* latents() const { return latents_ ? &*latents_ : nullptr; }
  /// Output saturation of the last evaluation. Null if there was none, or if the output activation
  /// is not bounded on both sides.
  const Saturation* saturation() const { return saturation_ ? &*saturation_ : nullptr; }
  /// True if all warm-ups are over, so that losses of epochs are comparable.
  bool is_settled() const { return state_.step >= comparable_; }
  /// False if training has diverged since the last epoch's end. Synchronises with the device.
  bool has_finite_weights() const;
  /// Means of the current epoch so far. Synchronises with the device.
  LossTerms::Means running_means() const { return sums_.means(); }

 private:
  /// Thrown internally if training cannot continue from the current state.
  struct Divergence {
    std::string what;
  };

  bool train_epoch();
  void train_step(std::span<const int64_t> rows);
  /// Makes one update. @return false if it was skipped for a non-finite loss or gradient
  bool try_update(std::span<const int64_t> rows, const StepSettings& settings);
  /// Reports the skipped update of these rows. @throws Divergence if the policy is not to skip
  void handle_non_finite(std::span<const int64_t> rows, const StepSettings& settings);
  /// Restores the last good state with half the learning rate.
  /// @throws Error(diverged) if the policy is not to roll back, or its limit is reached
  void roll_back(const std::string& reason);
  void keep_good_state();
  /// Resamples dead latents if this step is due.
  void resample_dead_latents();
  NoiseKey noise_key() const;
  bool finish_epoch();
  /// Adds the metrics of a code with exact zeros: density, variance explained (about the rows' own
  /// mean) and, for training rows, the fraction of dead latents.
  void describe_sparsity(const RowSet& set, LossTerms::Means& means);
  /// Mean squared distance of a set's rows from their mean; cached.
  double variance_of(const RowSet& set);
  /// @throws Divergence
  static void check_finite(const LossTerms::Means& means);
  Error diverged(const std::string& what) const;
  const ResidentPair& resident(const RowSet& set);
  /// Some rows of a set, by their numbers in the dataset.
  Batch batch_of(const RowSet& set, std::span<const int64_t> rows, const Noise& noise);
  StepSettings settings() const;
  double learning_rate(int64_t step) const;

  const Experiment& experiment_;
  const Splits& splits_;
  TrainingEngine& engine_;
  const TrainingLength length_;
  const int64_t comparable_;       // first update from which epochs' losses are comparable
  const int64_t dead_after_rows_;  // rows without activity after which a latent is dead
  std::map<const Dataset*, ResidentPair> resident_;
  std::map<const RowSet*, double> variances_;
  std::vector<Observer*> observers_;
  TrainingState state_;
  std::optional<double> train_begin_;  // monotonic_seconds() at the epoch's start or resumption
  LossTerms sums_;
  std::optional<TrainingSnapshot> good_;  // to roll back to
  std::optional<LatentStatistics> latents_;
  std::optional<Saturation> saturation_;
};

}  // namespace ae
