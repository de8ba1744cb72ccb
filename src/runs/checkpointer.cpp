#include "runs/checkpointer.h"

#include "core/clock.h"
#include "core/error.h"
#include "files/atomic_file.h"
#include "files/temporary_name.h"

namespace ae {
namespace {

namespace fs = std::filesystem;

}  // namespace

Checkpointer::Checkpointer(fs::path folder, CheckpointInfo info, const Learner& learner)
    : folder_(std::move(folder)), info_(std::move(info)), learner_(learner) {}

void Checkpointer::on_begin(const Trainer& trainer) {
  best_step_ = trainer.state().best.step;
  saved_step_ = trainer.state().step > 0 ? trainer.state().step : -1;
  saved_epoch_ = trainer.state().epoch;
  saved_seconds_ = monotonic_seconds();
}

Observer::Action Checkpointer::on_step(const Trainer& trainer) {
  const bool by_epoch = info_.experiment.training.checkpoint_every.unit == Interval::Unit::epochs;
  if (!by_epoch && is_due(trainer) && trainer.has_finite_weights()) save(trainer);
  return Action::go_on;
}

Observer::Action Checkpointer::on_epoch(const Trainer& trainer,
                                        const std::vector<SplitMetrics>& /*metrics*/) {
  if (trainer.state().best.step > best_step_) {
    best_step_ = trainer.state().best.step;
    unsaved_best_ = trainer.snapshot();
  }
  if (is_due(trainer)) save(trainer);
  return Action::go_on;
}

void Checkpointer::on_end(const Trainer& trainer) {
  // Stopped between a divergence and the epoch's end that would have found it.
  if (!trainer.has_finite_weights()) return on_failure(trainer);
  save(trainer);
}

void Checkpointer::on_failure(const Trainer& /*trainer*/) {
  try {
    if (!unsaved_best_) return;
    const std::string name = "step_" + std::to_string(unsaved_best_->state.step);
    save_best();
    replace_symlink(folder_ / "last", name);
    remove_strays();
  } catch (const Error&) {
    // The error that ended training is the one to report; a full disk, for one, fails here too.
  }
}

bool Checkpointer::is_due(const Trainer& trainer) const {
  const Interval& every = info_.experiment.training.checkpoint_every;
  switch (every.unit) {
    case Interval::Unit::epochs:
      return static_cast<double>(trainer.state().epoch - saved_epoch_) >= every.amount;
    case Interval::Unit::updates:
      return static_cast<double>(trainer.state().step - std::max<int64_t>(saved_step_, 0)) >=
             every.amount;
    case Interval::Unit::seconds:
      return monotonic_seconds() - saved_seconds_ >= every.amount;
  }
  return false;
}

void Checkpointer::save(const Trainer& trainer) {
  save_best();
  // A step that ends an epoch is another state before and after the epoch's validation.
  const TrainingState& state = trainer.state();
  if (saved_step_ != state.step || saved_epoch_ != state.epoch) save_step(trainer.snapshot());
  saved_step_ = state.step;
  saved_epoch_ = state.epoch;
  replace_symlink(folder_ / "last", "step_" + std::to_string(saved_step_));
  remove_strays();
  saved_seconds_ = monotonic_seconds();
}

void Checkpointer::save_best() {
  if (!unsaved_best_) return;
  replace_symlink(folder_ / "best", save_step(*unsaved_best_));
  saved_step_ = unsaved_best_->state.step;
  saved_epoch_ = unsaved_best_->state.epoch;
  unsaved_best_.reset();
}

std::string Checkpointer::save_step(const TrainingSnapshot& snapshot) {
  const std::string name = "step_" + std::to_string(snapshot.state.step);
  save_checkpoint(folder_ / name, info_, learner_.parameters(), snapshot);
  return name;
}

void Checkpointer::remove_strays() const {
  std::error_code ignored;
  const fs::path last = fs::read_symlink(folder_ / "last", ignored);
  const fs::path best = fs::read_symlink(folder_ / "best", ignored);
  std::vector<fs::path> strays;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder_, ignored)) {
    const fs::path name = entry.path().filename();
    const bool unlinked = name.string().starts_with("step_") && name != last && name != best;
    // What a killed process was writing.
    if (unlinked || is_temporary_name(name)) strays.push_back(entry.path());
  }
  for (const fs::path& stray : strays) fs::remove_all(stray, ignored);
}

}  // namespace ae
