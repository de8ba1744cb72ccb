#include <spdlog/spdlog.h>

#include <algorithm>
#include <iterator>

#include "core/error.h"
#include "run_directory/run_paths.h"
#include "runs/initial_weights.h"
#include "runs/resumption.h"
#include "runs/training_run.h"

// The state from which training starts: that of a checkpoint, or weights of another run.

namespace ae {

namespace {

/// Checks that a checkpoint's running sums are of the objective's loss terms.
void check_terms(const TrainingState& state, const Objective& objective,
                 const std::filesystem::path& source) {
  std::vector<std::string> names;
  for (const auto& [name, sum] : state.sums) names.push_back(name);
  const std::vector<std::string> expected = objective.training_terms();
  if (names.empty() || names == expected) return;
  throw data_error(
      "{}: has sums of {}; the model's loss has {}; the file is damaged, or of another "
      "model",
      source.string(), brief(Json(names)), brief(Json(expected)));
}

}  // namespace

void TrainingRun::load_checkpoint() {
  const Unverified unverified = request_.unverified ? Unverified::use : Unverified::refuse;
  const std::filesystem::path& checkpoint = resume_point_.checkpoint;
  start_.engine = engine_->snapshot();
  // Before the comparison of configs, whose differences may be damage.
  check_sizes(checkpoint, engine_->parameters(), start_.engine);
  const bool verified = check_weights(checkpoint, unverified);
  const CheckpointInfo saved = read_checkpoint_info(checkpoint);
  check_resumable(paths_, saved.experiment, experiment_, splits_);
  planned_epochs_ = saved.experiment.training.epochs;
  load_snapshot(checkpoint, engine_->parameters(), start_, unverified);
  check_terms(start_.state, engine_->objective(), checkpoint / kProgressFile);
  resumed_epochs_ = start_.state.epoch;
  // Another run may have taken the name while data were loaded.
  directory_->check_named();
  if (!verified) spdlog::warn("{}", unverified_text(checkpoint));
  if (!resume_point_.note.empty()) preflight_.warnings.push_back(resume_point_.note);
}

void TrainingRun::load_initial_weights() {
  InitialWeights loaded =
      ae::load_initial_weights(initial_weights_, {experiment_, splits_.preprocessing}, *engine_,
                               request_.unverified ? Unverified::use : Unverified::refuse);
  provenance_ = std::move(loaded.provenance);
  const auto append = [](std::vector<std::string>& from, std::vector<std::string>& to) {
    to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
  };
  append(loaded.warnings, preflight_.warnings);
  append(loaded.notes, preflight_.notes);
}

void TrainingRun::check_freeze() const {
  const auto& slices = engine_->parameters().slices();
  const bool trains = std::ranges::any_of(slices, [](const FlatParameters::Slice& slice) {
    return !slice.frozen && !slice.name.starts_with("reconstruction.");
  });
  if (trains) return;
  throw usage_error(
      "{}: model.freeze = {} leaves nothing to train: the other parts of this model have no "
      "weights "
      "of their own; leave one of them out",
      request_.config.string(), brief(Json(experiment_.model.freeze)));
}

void TrainingRun::note_changed_length() {
  const int64_t epochs = experiment_.training.epochs;
  const SchedulePart& schedule = experiment_.optimizer.schedule;
  if (epochs == planned_epochs_ || !schedule->depends_on_training_length()) return;
  // The rates at the next step, had it been planned otherwise, and as it is. Of a finished run, the
  // former is the rate at the end.
  const TrainingState& state = start_.state;
  const TrainingLength now = experiment_.training.length(splits_.train.count());
  TrainingLength planned = now;
  planned.epochs = planned_epochs_;
  const auto rate = [&](const TrainingLength& length) {
    return experiment_.optimizer.learning_rate(std::min(state.step, length.updates() - 1), length,
                                               state.schedule);
  };
  preflight_.warnings.push_back(
      fmt::format("training.epochs was {} and is now {}: the \"{}\" schedule is stretched, and the "
                  "learning rate "
                  "goes from {:.3g} {} to {:.3g} now, so the result differs from that of an "
                  "uninterrupted run of "
                  "{} epochs",
                  planned_epochs_, epochs, schedule.type(), rate(planned),
                  state.step >= planned.updates() ? "at the end of the earlier schedule"
                                                  : "by the earlier schedule",
                  rate(now), epochs));
}

}  // namespace ae
