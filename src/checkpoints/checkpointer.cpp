#include "checkpoints/checkpointer.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cmath>

#include "core/clock.h"
#include "core/error.h"
#include "io/atomic_file.h"
#include "io/path_kind.h"
#include "kernels/single_thread_guard.h"
#include "run_directory/run_paths.h"

namespace ae {
namespace {

namespace fs = std::filesystem;

constexpr double kFirstPauseSeconds = 1;
constexpr double kMaxPauseSeconds = 60;

/// Snapshot in CPU memory, which another thread can read without using the device.
std::shared_ptr<const TrainingSnapshot> snapshot_of(const Trainer& trainer) {
  auto snapshot = std::make_shared<TrainingSnapshot>(trainer.snapshot());
  EngineSnapshot& engine = snapshot->engine;
  const auto fetch = [](at::Tensor& tensor) {
    if (tensor.defined()) tensor = tensor.cpu();
  };
  fetch(engine.values);
  for (auto& [name, tensor] : engine.optimizer) fetch(tensor);
  for (at::Tensor& buffer : engine.buffers) fetch(buffer);
  fetch(engine.rows_since_active);
  fetch(engine.average);
  return snapshot;
}

/// Returns true if a multiple of `every` lies in (from, to].
bool passes_multiple(int64_t from, int64_t to, double every) {
  return std::floor(static_cast<double>(to) / every) >
         std::floor(static_cast<double>(from) / every);
}

}  // namespace

Checkpointer::Checkpointer(fs::path folder, CheckpointInfo info, const TrainingEngine& engine,
                           std::function<void()> before, Warn warn)
    : folder_(std::move(folder)),
      info_(std::move(info)),
      engine_(engine),
      before_(std::move(before)),
      warn_(std::move(warn)) {}

void Checkpointer::on_begin(const Trainer& trainer) {
  const TrainingState& state = trainer.state();
  const TrainingOptions& options = info_.experiment.training;
  retention_.last = options.keep_last;
  if (options.keep_every) {
    retention_.every_updates = options.keep_every->updates(
        options.length(trainer.splits().train.count()).updates_per_epoch);
  }
  repair_links(state);
  best_step_ = state.best.step;
  saved_step_ = begun_step_ = state.step;
  saved_epoch_ = begun_epoch_ = state.epoch;
  begun_seconds_ = monotonic_seconds();
}

/// A process killed between two updates of links leaves a `best` of an epoch after the state's.
void Checkpointer::repair_links(const TrainingState& state) const {
  const auto repair = [&](const char* link, int64_t step) {
    const std::string name = checkpoint_name(step);
    if (step == 0 || path_kind(folder_ / name / kProgressFile) == PathKind::absent) return;
    if (link_target(folder_ / link) != name) replace_symlink(folder_ / link, name);
  };
  repair("last", state.step);
  repair("best", state.best.step);
}

Observer::Action Checkpointer::on_step(const Trainer& trainer) {
  // At an epoch's end, save after validation, so that each step has a single state.
  if (trainer.state().rows_done < trainer.splits().train.count()) save_if_due(trainer);
  return Action::go_on;
}

Observer::Action Checkpointer::on_epoch(const Trainer& trainer, const EpochMetrics& /*metrics*/) {
  if (trainer.state().best.step > best_step_) {
    best_step_ = trainer.state().best.step;
    unsaved_best_.reset();  // first, so that two copies of the weights never coexist
    unsaved_best_ = snapshot_of(trainer);
  }
  save_if_due(trainer);
  return Action::go_on;
}

void Checkpointer::on_end(const Trainer& trainer) {
  if (background_.is_started()) finish();
  // Training may have diverged since the last check at an epoch's end.
  if (!trainer.has_finite_weights()) return on_failure(trainer);
  start(trainer);
  if (!finish()) {
    throw data_error(
        "{}; the {} updates after update {} are lost; fix the cause and continue with --resume",
        failure_, trainer.state().step - saved_step_, saved_step_);
  }
  report_failure();
}

void Checkpointer::on_non_finite(const Trainer& trainer, const std::string& /*what*/) {
  const TrainingState& state = trainer.state();
  if (state.step >= begun_step_) return;
  // Rolled back: checkpoints saved since then are no longer part of this run.
  if (background_.is_started()) finish();
  begun_step_ = state.step;
  begun_epoch_ = state.epoch;
  saved_epoch_ = -1;
}

void Checkpointer::on_failure(const Trainer& trainer) {
  try {
    if (background_.is_started()) finish();
    if (trainer.has_finite_weights()) {
      start(trainer);
      finish();
      return;
    }
    if (!unsaved_best_) return;
    const TrainingState& state = unsaved_best_->state;
    write({.best = unsaved_best_, .last = nullptr, .step = state.step, .epoch = state.epoch});
    unsaved_best_.reset();
  } catch (const Error&) {
    // The error that ended training is the one to report; a full disk, for one, fails here too.
  }
}

bool Checkpointer::is_exact(const Trainer& trainer) const {
  const TrainingState& state = trainer.state();
  return retention_.every_updates > 0 && state.step % retention_.every_updates == 0 &&
         state.step != begun_step_;
}

bool Checkpointer::is_due(const Trainer& trainer) const {
  if (!failure_.empty()) return coarse_monotonic_seconds() - begun_seconds_ >= pause_seconds_;
  if (is_exact(trainer)) return true;
  const TrainingState& state = trainer.state();
  const Interval& every = info_.experiment.training.checkpoint_every;
  switch (every.unit) {
    case Interval::Unit::epochs:
      return passes_multiple(begun_epoch_, state.epoch, every.amount);
    case Interval::Unit::updates:
      return passes_multiple(begun_step_, state.step, every.amount);
    case Interval::Unit::seconds:
      return coarse_monotonic_seconds() - begun_seconds_ >= every.amount;
  }
  return false;
}

void Checkpointer::save_if_due(const Trainer& trainer) {
  if (background_.is_started() && background_.is_ready()) finish();
  if (is_due(trainer)) {
    const bool by_time =
        info_.experiment.training.checkpoint_every.unit == Interval::Unit::seconds &&
        !is_exact(trainer);
    // An interval in seconds can be exceeded a little; an exact step cannot be missed.
    if (background_.is_started() && by_time) return;
    const double begin = monotonic_seconds();
    // On a busy machine one thread copies faster than several that wait for cores.
    const SingleThreadGuard alone;
    const bool free = !background_.is_started() || finish();
    if (free && trainer.has_finite_weights()) {
      start(trainer);
      spdlog::debug("checkpoint at update {}: training waited {:.3f} ms", trainer.state().step,
                    1e3 * (monotonic_seconds() - begin));
    }
  }
  report_failure();
}

void Checkpointer::start(const Trainer& trainer) {
  const TrainingState& state = trainer.state();
  const auto is_present = [&](int64_t step, int64_t epoch) {
    return step == state.step && epoch == state.epoch;
  };
  task_ = {.best = unsaved_best_, .last = nullptr, .step = state.step, .epoch = state.epoch};
  const bool is_best =
      unsaved_best_ && is_present(unsaved_best_->state.step, unsaved_best_->state.epoch);
  if (!is_best && !is_present(saved_step_, saved_epoch_)) task_.last = snapshot_of(trainer);
  begun_step_ = state.step;
  begun_epoch_ = state.epoch;
  begun_seconds_ = monotonic_seconds();
  background_.start([this] {
    const SingleThreadGuard alone;  // leaves the other cores to training
    write(task_);
  });
}

bool Checkpointer::finish() {
  try {
    background_.finish();
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::data) throw;
    failure_ = error.what();
    pause_seconds_ = std::clamp(2 * pause_seconds_, kFirstPauseSeconds, kMaxPauseSeconds);
    begun_seconds_ = monotonic_seconds();
    return false;
  }
  failure_.clear();
  pause_seconds_ = 0;
  saved_step_ = task_.step;
  saved_epoch_ = task_.epoch;
  if (unsaved_best_ == task_.best) unsaved_best_.reset();
  task_ = {};
  return true;
}

void Checkpointer::report_failure() {
  const bool failing = !failure_.empty();
  if (failing == failure_reported_) return;
  failure_reported_ = failing;
  warn_(failing
            ? fmt::format("no checkpoint could be saved: {}; training continues and saving is "
                          "retried; the last checkpoint is of update {}",
                          failure_, saved_step_)
            : fmt::format("checkpoints are saved again; the last is of update {}", saved_step_));
}

void Checkpointer::write(const Task& task) const {
  const auto save = [&](const TrainingSnapshot& snapshot) {
    save_checkpoint(folder_ / checkpoint_name(snapshot.state.step), info_, engine_.parameters(),
                    snapshot);
  };
  before_();
  if (task.best) {
    save(*task.best);
    replace_symlink(folder_ / "best", checkpoint_name(task.best->state.step));
  }
  if (task.last) save(*task.last);
  if (task.best || task.last) replace_symlink(folder_ / "last", checkpoint_name(task.step));
  remove_old_checkpoints(folder_, retention_);
}

}  // namespace ae
