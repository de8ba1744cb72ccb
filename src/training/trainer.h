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
  double samples_per_second = 0;  ///< train: of training alone
  double seconds = 0;             ///< train: of training alone
  double learning_rate = 0;       ///< train: of the epoch's last update

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

/// True if the options ask for no more training: all epochs done, or patience at its end.
bool is_done(const TrainingOptions& options, const TrainingState& state);

/// @throws Error(usage) with the arithmetic where a schedule or warm-up outlasts training
void check_lengths(const Experiment& experiment, const TrainingLength& training,
                   const std::string& config);

/// Watches training, and may end it. Called between two steps, never during one.
class Observer {
 public:
  enum class Action { go_on, stop };

  virtual ~Observer() = default;
  virtual void on_begin(const Trainer& /*trainer*/) {}
  virtual Action on_step(const Trainer& /*trainer*/) { return Action::go_on; }
  virtual Action on_epoch(const Trainer& /*trainer*/, const EpochMetrics& /*metrics*/) {
    return Action::go_on;
  }
  /// Asked between batches of an evaluation: true to leave it, for what is short of time. It is
  /// done anew when training goes on.
  virtual bool interrupts() const { return false; }
  /// After the last step, unless an error ended training.
  virtual void on_end(const Trainer& /*trainer*/) {}
  /// A loss or a gradient was not finite, and training goes on as `what` says: without that update,
  /// or from an earlier state, in which the trainer is already.
  virtual void on_non_finite(const Trainer& /*trainer*/, const std::string& /*what*/) {}
  /// An error ended training: the last moment to save what was good before.
  virtual void on_failure(const Trainer& /*trainer*/) {}
};

/// The training loop: epochs of mini-batches in a random order, validation after each.
class Trainer {
 public:
  enum class Outcome { completed, stopped };

  /// All must outlive this.
  Trainer(const Experiment& experiment, const Splits& splits, TrainingEngine& engine);

  void add(Observer& observer) { observers_.push_back(&observer); }
  /// Goes on from here instead of from the beginning.
  void resume(const TrainingSnapshot& snapshot);
  /// @throws Error(diverged) if the loss is no longer finite
  Outcome run();

  /// Means of the objective over held-out rows, with the weights that the model has now; of a model
  /// with a prior also its active units.
  /// @return  nullopt if an observer interrupted it
  std::optional<LossTerms::Means> evaluate(const RowSet& set);
  /// True if an observer wants evaluations and the like to end.
  bool is_interrupted() const;

  /// How far training has come. Its seconds are those of the present epoch's earlier parts, as a
  /// checkpoint had them.
  const TrainingState& state() const { return state_; }
  /// Seconds of training in the present epoch so far.
  double epoch_seconds() const;
  const Experiment& experiment() const { return experiment_; }
  const Splits& splits() const { return splits_; }
  TrainingSnapshot snapshot() const;
  /// What the latents did on the rows that were evaluated last: in Observer::on_epoch those of
  /// validation. Null if none were.
  const LatentStatistics* latents() const { return latents_ ? &*latents_ : nullptr; }
  /// How saturated the outputs were there. Null if none were, or outputs have no two bounds.
  const Saturation* saturation() const { return saturation_ ? &*saturation_ : nullptr; }
  /// True if every warm-up is over, so that losses compare from here on.
  bool is_settled() const { return state_.step >= comparable_; }
  /// False if training has diverged since the last epoch's end. Waits for the device.
  bool has_finite_weights() const;
  /// Floating-point operations of products and convolutions for a sample, forth and back. Leaves
  /// gradients and running statistics changed.
  double count_matmul_flops();
  /// Means of the present epoch so far. Waits for the device.
  LossTerms::Means running_means() const { return sums_.means(); }

 private:
  /// Training cannot go on from where it is.
  struct Divergence {
    std::string what;
  };

  bool train_epoch();
  void train_step(std::span<const int64_t> rows);
  /// One update, if its losses and gradient are finite.
  bool try_update(std::span<const int64_t> rows, const StepSettings& settings);
  /// Skips an update of such rows, or throws Divergence.
  void handle_non_finite(std::span<const int64_t> rows, const StepSettings& settings);
  /// Takes up the last good state with half the learning rate, or throws Error(diverged).
  void roll_back(const std::string& reason);
  void keep_good_state();
  /// Gives dead latents a new start where it is time to.
  void resample_dead_latents();
  NoiseKey noise_key() const;
  bool finish_epoch();
  /// Adds what is reported of a code that has exact zeros: density, the fraction of variance
  /// explained about the rows' own mean, and (of training rows) the fraction of latents that are
  /// dead.
  void describe_sparsity(const RowSet& set, LossTerms::Means& means);
  /// Squared distance of a set's rows from their mean, found once.
  double variance_of(const RowSet& set);
  /// @throws Divergence
  static void check_finite(const LossTerms::Means& means);
  Error diverged(const std::string& what) const;
  const ResidentRows& resident(const RowSet& set);
  /// Some rows of a set, by their numbers in the dataset.
  Batch batch_of(const RowSet& set, std::span<const int64_t> rows, const Noise& noise);
  StepSettings settings() const;
  double learning_rate(int64_t step) const;

  const Experiment& experiment_;
  const Splits& splits_;
  TrainingEngine& engine_;
  const TrainingLength length_;
  const int64_t comparable_;       // the update from which on epochs' losses can be compared
  const int64_t dead_after_rows_;  // inactive for so many a latent counts as dead
  std::map<const Dataset*, ResidentRows> resident_;
  std::map<const RowSet*, double> variances_;
  std::vector<Observer*> observers_;
  TrainingState state_;
  std::optional<double> train_begin_;  // monotonic_seconds(), while an epoch is under way
  LossTerms sums_;
  std::optional<TrainingSnapshot> good_;  // to roll back to
  std::optional<LatentStatistics> latents_;
  std::optional<Saturation> saturation_;
};

}  // namespace ae
