#include "runs/run_logging.h"

#include <utility>

#include "core/clock.h"
#include "core/error.h"
#include "report/metrics_csv.h"
#include "runs/training_report.h"

namespace ae {
namespace {

constexpr double kSecondsBetweenTables = 10;

/// Step whose events a resumed run keeps. A checkpoint that was saved just before the end of an
/// epoch comes before that epoch's events, although they are of the same step.
int64_t kept_step(const TrainingState& state) {
  return state.rows_done == 0 ? state.step : state.step - 1;
}

}  // namespace

RunLogging::RunLogging(const RunPaths& paths, const Experiment& experiment, const Splits& splits,
                       TrainingEngine& engine, const std::optional<TrainingState>& resumed,
                       Warn warn)
    : paths_(paths),
      splits_(splits),
      engine_(engine),
      seed_(static_cast<uint64_t>(experiment.seed)),
      warn_(std::move(warn)),
      rows_(splits, engine, seed_),
      csv_written_(monotonic_seconds()) {
  const LoggingOptions& logging = experiment.logging;
  if (logging.tensorboard) {
    const std::optional<int64_t> step = resumed ? std::optional(kept_step(*resumed)) : std::nullopt;
    tensorboard_.emplace(paths.root, step, rows_, engine, warn_);
  }
  if (logging.pictures_every) {
    pictures_.emplace(paths.samples(), *logging.pictures_every, rows_, engine, warn_);
  }
}

void RunLogging::observe(Trainer& trainer) {
  trainer.add(*this);
  if (tensorboard_) trainer.add(*tensorboard_);
  if (pictures_) trainer.add(*pictures_);
}

Observer::Action RunLogging::on_epoch(const Trainer& /*trainer*/, const EpochMetrics& /*metrics*/) {
  if (monotonic_seconds() - csv_written_ > kSecondsBetweenTables) write_csv();
  return Action::go_on;
}

void RunLogging::on_end(const Trainer& /*trainer*/) { write_csv(); }

void RunLogging::sync() {
  if (tensorboard_) tensorboard_->sync();
}

void RunLogging::finish(const Trainer& trainer, const SplitMetrics* test) {
  if (test != nullptr) write_csv();
  if (!tensorboard_) return;
  write_run_projector(paths_, splits_, engine_, seed_);
  tensorboard_->finish(trainer, test);
}

void RunLogging::write_csv() {
  try {
    write_metrics_csv(paths_.metrics_csv(), paths_.metrics());
    csv_failed_ = false;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::data) throw;
    if (!csv_failed_) warn_(fmt::format("{}; it is written later", error.what()));
    csv_failed_ = true;
  }
  csv_written_ = monotonic_seconds();
}

}  // namespace ae
