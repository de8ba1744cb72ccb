#include <spdlog/spdlog.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "checkpoints/checkpointer.h"
#include "core/clock.h"
#include "core/error.h"
#include "engine/device.h"
#include "inference/trained_model.h"
#include "io/path_kind.h"
#include "run_directory/manifest.h"
#include "runs/presence_check.h"
#include "runs/run_logging.h"
#include "runs/training_report.h"
#include "runs/training_results.h"
#include "runs/training_run.h"
#include "runs/training_scores.h"
#include "training/training_diagnostics.h"

// How a training run trains, and writes its results.

namespace ae {

Json TrainingRun::run(const std::vector<Observer*>& observers, const MetricsLog::Warn& warn) {
  if (!opened_) open();
  return directory_->guard([&] { return train(observers, warn); });
}

// Where training diverges, the last state that was saved may be beyond help already, so that the
// error names the checkpoint of the best epoch.
Trainer::Outcome TrainingRun::run_trainer(Trainer& trainer) const {
  try {
    return trainer.run();
  } catch (const Error& error) {
    const BestEpoch& best = trainer.state().best;
    const bool is_earlier = best.epoch > 0 && best.step < trainer.state().step;
    if (error.kind() != ErrorKind::diverged || !is_earlier) throw;
    const bool rolls_back = experiment_.training.on_non_finite == "rollback";
    throw diverged_error(
        "{}; or continue from the best epoch, {}, with --resume --from best{}", error.what(),
        best.epoch,
        rolls_back ? "" : " --set training.on_non_finite=rollback, which halves the rate");
  }
}

Json TrainingRun::train(const std::vector<Observer*>& observers,
                        const MetricsLog::Warn& show_warning) {
  const RunPaths here = directory_->paths();
  Trainer trainer(experiment_, splits_, *engine_);
  if (resuming_) trainer.resume(start_);
  std::vector<std::string> warnings = preflight_.warnings;
  const auto warn = [&](const std::string& text) {
    warnings.push_back(directory_->readable(text));
    show_warning(warnings.back());
  };
  PresenceCheck presence(*directory_);
  MetricsLog log(here.metrics(), trainer.state().epoch, warn);
  RunLogging logging(here, experiment_, splits_, *engine_,
                     resuming_ ? std::optional(start_.state) : std::nullopt, warn);
  Checkpointer checkpointer(
      here.checkpoints(), {experiment_, splits_.preprocessing}, *engine_,
      [&] {
        log.sync();
        logging.sync();
      },
      warn);
  TrainingDiagnostics diagnostics(warn);
  trainer.add(presence);
  trainer.add(log);
  logging.observe(trainer);
  trainer.add(checkpointer);
  trainer.add(diagnostics);
  for (Observer* observer : observers) trainer.add(*observer);

  const double begin = monotonic_seconds();
  const Trainer::Outcome outcome = run_trainer(trainer);
  const TrainingState& state = trainer.state();
  Json result = {{"run", directory_->present_path().string()},
                 {"completed", outcome == Trainer::Outcome::completed},
                 {"epochs", state.epoch},
                 {"steps", state.step},
                 {"seconds", monotonic_seconds() - begin}};
  if (state.non_finite_events.skipped_updates > 0)
    result["skipped_updates"] = state.non_finite_events.skipped_updates;
  if (state.non_finite_events.rollbacks > 0)
    result["rollbacks"] = state.non_finite_events.rollbacks;
  if (state.best.epoch > 0) {
    result["best"] = {{"epoch", state.best.epoch},
                      {"loss", state.best.loss},
                      {"split", splits_.validation ? "validation" : "train"}};
  }
  if (outcome == Trainer::Outcome::completed) {
    result["completed"] = finish(trainer, log, logging, warnings, warn, result);
    result["seconds"] = monotonic_seconds() - begin;
  }
  result["warnings"] = std::move(warnings);
  return result;
}

bool TrainingRun::finish(Trainer& trainer, MetricsLog& log, RunLogging& logging,
                         const std::vector<std::string>& warnings, const MetricsLog::Warn& warn,
                         Json& result) {
  const RunPaths here = directory_->paths();
  const auto interrupted = [&] { return trainer.is_interrupted(); };
  engine_->end_training();
  release_freed_memory();
  spdlog::info("computing results{}", experiment_.logging.report ? " and report.html" : "");
  try {
    // All results are of the best checkpoint, which other programs also load for RUN.
    load_weights(here.checkpoints() / "best", engine_->model());
    std::optional<SplitMetrics> test;
    if (splits_.test) {
      auto means = trainer.evaluate(*splits_.test);
      if (!means) return false;
      test = {.split = "test", .means = std::move(*means)};
      log.write(trainer, *test);
      log.sync();
      result["test"] = metrics_json(*test, trainer.state(), splits_.preprocessing.width());
    }
    // float32, as in a model loaded from the checkpoint.
    engine_->model().to(at::kFloat);
    if (!write_run_results(here, splits_, *engine_, static_cast<uint64_t>(experiment_.seed),
                           interrupted)) {
      return false;
    }
    if (!write_run_scores(here, splits_, *engine_, experiment_,
                          link_target(here.checkpoints() / "best").string(), interrupted)) {
      return false;
    }
    logging.finish(trainer, test ? &*test : nullptr);
    if (experiment_.logging.report &&
        !write_training_report(here, splits_, *engine_, experiment_, warnings, interrupted, warn)) {
      return false;
    }
    mark_finished(here.root, trainer.state().epoch, trainer.state().step);
    return true;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::data) throw;
    throw data_error("{}; the model is trained and saved; --resume completes the results",
                     error.what());
  }
}

}  // namespace ae
