#include "training/trainer.h"

#include <ATen/ops/empty.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/clock.h"
#include "core/error.h"
#include "core/random.h"

namespace ae {
namespace {

/// Updates between checks of the loss on a GPU, each of which synchronises.
constexpr int64_t kFiniteCheckUpdates = 100;

/// First update at which an epoch may end for its loss to exclude warm-ups. A validation loss is
/// measured at the epoch's end, a training loss is a mean over the epoch.
int64_t first_comparable(int64_t settled, int64_t updates_per_epoch, bool validated) {
  return settled == 0 || validated ? settled : settled + updates_per_epoch;
}

}  // namespace

void check_lengths(const Experiment& experiment, const TrainingLength& training,
                   const std::string& config) {
  experiment.optimizer.schedule.check_length(training, config);
  const auto check = [&](const char* path, const std::optional<Interval>& length) {
    if (length) check_fits(config, path, *length, training);
  };
  if (const auto& kl = experiment.objective.kl) {
    if (kl->warm_up) check("objective.kl.warm_up.length", kl->warm_up->length);
    if (kl->capacity) check("objective.kl.capacity.length", kl->capacity->length);
  }
  check("model.sparsity.warm_up", experiment.model.sparsity.warm_up);
  if (const auto& resampling = experiment.training.resample_dead) {
    check("training.resample_dead.every", resampling->every);
  }
}

bool is_done(const TrainingOptions& options, const TrainingState& state) {
  const auto& stopping = options.early_stopping;
  return state.epoch >= options.epochs ||
         (stopping && state.epoch - state.best.epoch >= stopping->patience_epochs);
}

Trainer::Trainer(const Experiment& experiment, const Splits& splits, TrainingEngine& engine)
    : experiment_(experiment),
      splits_(splits),
      engine_(engine),
      length_(experiment.training.length(splits.train.count())),
      comparable_(first_comparable(engine.objective().settled_at(length_.updates_per_epoch),
                                   length_.updates_per_epoch, splits.validation.has_value())),
      dead_after_rows_(experiment.training.dead_after_rows(splits.train.count())) {}

void Trainer::resume(const TrainingSnapshot& snapshot) {
  if (snapshot.state.rows_done > splits_.train.count()) {
    throw data_error(
        "the checkpoint's training state has {} rows of an epoch done, of {} in total; it is "
        "damaged, or belongs to other data",
        snapshot.state.rows_done, splits_.train.count());
  }
  engine_.restore(snapshot.engine);
  state_ = snapshot.state;
  sums_.restore(state_.sums, state_.samples);
  train_begin_.reset();
}

Trainer::Outcome Trainer::run() {
  for (Observer* observer : observers_) observer->on_begin(*this);
  Outcome outcome = Outcome::completed;
  try {
    keep_good_state();
    while (!is_done(experiment_.training, state_)) {
      try {
        if (train_epoch() && finish_epoch()) continue;
      } catch (const Divergence& divergence) {
        roll_back(divergence.what);
        continue;
      }
      if (!is_done(experiment_.training, state_)) outcome = Outcome::stopped;
      break;
    }
  } catch (const Error&) {
    for (Observer* observer : observers_) observer->on_failure(*this);
    throw;
  }
  for (Observer* observer : observers_) observer->on_end(*this);
  return outcome;
}

bool Trainer::train_epoch() {
  train_begin_ = monotonic_seconds();
  std::vector<int64_t> order = splits_.train.rows;
  shuffle(order, {.seed = static_cast<uint64_t>(experiment_.seed),
                  .purpose = Purpose::shuffle,
                  .epoch = static_cast<uint32_t>(state_.epoch)});
  while (state_.rows_done < splits_.train.count()) {
    const int64_t count =
        std::min(experiment_.training.rows_per_update(), splits_.train.count() - state_.rows_done);
    train_step(std::span(order).subspan(static_cast<size_t>(state_.rows_done),
                                        static_cast<size_t>(count)));
    bool stop = false;
    for (Observer* observer : observers_) {
      stop |= observer->on_step(*this) == Observer::Action::stop;
    }
    // A stop at the very end of an epoch still runs the epoch's validation.
    if (stop && state_.rows_done < splits_.train.count()) return false;
    if (stop) {
      finish_epoch();
      return false;
    }
  }
  return true;
}

void Trainer::train_step(std::span<const int64_t> rows) {
  const bool updated = try_update(rows, settings());
  ++state_.step;
  if (updated && experiment_.training.resample_dead) resample_dead_latents();
  state_.rows_done += static_cast<int64_t>(rows.size());
  if (!engine_.device().is_cpu() && state_.step % kFiniteCheckUpdates == 0 && !sums_.is_finite()) {
    throw Divergence{"the loss is not finite"};
  }
}

bool Trainer::try_update(std::span<const int64_t> rows, const StepSettings& settings) {
  const auto batch_size = static_cast<size_t>(experiment_.training.batch_size);
  PhaseTimer timer(engine_.times(), 0);
  if (rows.size() <= batch_size) {
    const RowNoise noise(noise_key(), rows, engine_.device());
    const Batch batch = batch_of(splits_.train, rows, noise);
    timer.end(Phase::data);
    if (engine_.step(batch, settings, state_.step, sums_)) return true;
    handle_non_finite(rows, settings);
    return false;
  }
  const double scale = 1.0 / static_cast<double>(rows.size());
  LossTerms terms;  // added to sums_ only if the update is made
  std::span<const int64_t> part;
  for (size_t done = 0; done < rows.size(); done += batch_size) {
    part = rows.subspan(done, std::min(batch_size, rows.size() - done));
    const RowNoise noise(noise_key(), part, engine_.device());
    if (!engine_.accumulate(batch_of(splits_.train, part, noise), settings, scale, terms)) {
      handle_non_finite(part, settings);
      return false;
    }
  }
  if (!engine_.update(settings, state_.step)) {
    handle_non_finite(part, settings);
    return false;
  }
  sums_.add(terms);
  return true;
}

NoiseKey Trainer::noise_key() const {
  return {.seed = static_cast<uint64_t>(experiment_.seed),
          .epoch = static_cast<uint32_t>(state_.epoch)};
}

void Trainer::resample_dead_latents() {
  constexpr int64_t kCandidates = 8192;  // rows to sample from
  const auto& options = experiment_.training.resample_dead;
  const int64_t every = options->every.updates(length_.updates_per_epoch);
  // Not in the last interval: resampled latents need time to train.
  if (state_.step % every != 0 || state_.step + every > length_.updates()) return;
  const at::Tensor latents = engine_.tracker()->dead(dead_after_rows_).nonzero().flatten();
  if (latents.size(0) == 0) return;

  const StreamKey address{.seed = static_cast<uint64_t>(experiment_.seed),
                          .purpose = Purpose::resampling,
                          .item = static_cast<uint64_t>(state_.step)};
  std::vector<int64_t> rows = splits_.train.rows;
  shuffle(rows, address);
  rows.resize(static_cast<size_t>(std::min(kCandidates, splits_.train.count())));
  const RowNoise noise(noise_key(), rows, engine_.device());
  const auto [errors, directions] = engine_.residuals(batch_of(splits_.train, rows, noise));
  at::Tensor u = at::empty(latents.sizes(), at::kFloat);
  RandomStream({.seed = address.seed, .purpose = address.purpose, .item = address.item, .layer = 1})
      .uniform({u.mutable_data_ptr<float>(), static_cast<size_t>(u.numel())});
  const at::Tensor chosen = rows_by_squared_error(errors, u.to(errors.device()));
  engine_.replace_latents(latents, directions.index_select(0, chosen), options->encoder_scale);
  spdlog::debug("update {}: {} dead latents resampled", state_.step, latents.size(0));
}

bool Trainer::finish_epoch() {
  if (sums_.samples() == 0) throw Divergence{"no loss of the epoch is finite"};
  EpochMetrics metrics{.train = {.split = "train", .means = sums_.means()}, .validation = {}};
  SplitMetrics& train = metrics.train;
  // On a GPU, reading the sums waits for pending steps, whose time counts as training.
  train.seconds = state_.seconds = epoch_seconds();
  train_begin_.reset();
  train.samples_per_second = static_cast<double>(sums_.samples()) / train.seconds;
  train.learning_rate = learning_rate(state_.step - 1);
  check_finite(train.means);
  describe_sparsity(splits_.train, train.means);
  if (!has_finite_weights()) throw Divergence{"a weight is not finite"};
  if (splits_.validation) {
    const AveragedWeightsGuard averaged(engine_);
    std::optional<LossTerms::Means> means = evaluate(*splits_.validation);
    if (!means) return false;
    metrics.validation = {.split = "validation", .means = std::move(*means)};
    check_finite(metrics.validation->means);
  }
  ++state_.epoch;
  state_.rows_done = 0;
  state_.seconds = 0;
  sums_.clear();
  const double loss = metrics.selection().loss();
  const double min_delta =
      experiment_.training.early_stopping ? experiment_.training.early_stopping->min_delta : 0;
  // During warm-ups losses are not comparable: the latest epoch counts as the best.
  if (state_.best.step < comparable_ || loss < state_.best.loss - min_delta) {
    state_.best = {loss, state_.epoch, state_.step};
  }
  if (state_.step >= comparable_) {
    experiment_.optimizer.schedule.end_epoch(loss, state_.step, length_, state_.schedule);
  }
  keep_good_state();
  bool go_on = true;
  for (Observer* observer : observers_) {
    go_on &= observer->on_epoch(*this, metrics) == Observer::Action::go_on;
  }
  return go_on;
}

double Trainer::epoch_seconds() const {
  return state_.seconds + (train_begin_ ? monotonic_seconds() - *train_begin_ : 0);
}

TrainingSnapshot Trainer::snapshot() const {
  TrainingSnapshot snapshot{state_, engine_.snapshot()};
  snapshot.state.seconds = epoch_seconds();
  snapshot.state.sums = sums_.sums();
  snapshot.state.samples = sums_.samples();
  return snapshot;
}

bool Trainer::has_finite_weights() const { return is_finite(engine_.parameters().values()); }

StepSettings Trainer::settings() const {
  return {.learning_rate = learning_rate(state_.step),
          .weights = engine_.objective().weights_at(state_.step, length_.updates_per_epoch),
          .dead_after_rows = dead_after_rows_};
}

double Trainer::learning_rate(int64_t step) const {
  return experiment_.optimizer.learning_rate(step, length_, state_.schedule) *
         state_.non_finite_events.learning_rate_factor;
}

}  // namespace ae
