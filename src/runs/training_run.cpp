#include "runs/training_run.h"

#include <unistd.h>

#include <algorithm>

#include "config/writer.h"
#include "core/clock.h"
#include "core/error.h"
#include "engine/device.h"
#include "files/atomic_directory.h"
#include "files/atomic_file.h"
#include "files/temporary_name.h"
#include "runs/checkpointer.h"
#include "runs/feasibility.h"
#include "runs/manifest.h"
#include "runs/resumption.h"
#include "runs/run_results.h"
#include "runs/trained_model.h"
#include "training/input.h"

namespace ae {

namespace fs = std::filesystem;

TrainingRun::TrainingRun(TrainRequest request)
    : request_(std::move(request)),
      experiment_(read_experiment(request_.config, request_.settings)) {
  paths_.root =
      request_.run_directory.empty() ? fs::path("runs") / experiment_.name : request_.run_directory;
  check_run_directory();
  const at::Device device = choose_device(request_.device);
  experiment_.training.deterministic ? make_deterministic(device) : try_convolutions(device);
  check_precision(experiment_.training.precision, device, request_.config.string());
  locations_ = DataLocations::of(request_.data_root, request_.config.parent_path());
  splits_ = load_splits(experiment_.data, locations_, static_cast<uint64_t>(experiment_.seed));
  check_data();
  const TrainingOptions& training = experiment_.training;
  check_lengths(experiment_, training.length(splits_.train.count()), request_.config.string());
  const InputInfo input = input_of(experiment_, splits_);
  const auto build = [&] {
    return std::make_shared<Autoencoder>(experiment_.model, experiment_.objective, input,
                                         static_cast<uint64_t>(experiment_.seed));
  };
  std::shared_ptr<Autoencoder> model = build();
  check_memory(*model, training.ema.has_value(), device);
  const int threads = threads_for(*model);
  set_threads(threads);
  const Objective objective(experiment_.model, experiment_.objective, experiment_.corruption,
                            input);
  learner_ = std::make_unique<Learner>(
      std::move(model), objective, *experiment_.optimizer, device, update_options(experiment_),
      Execution{.threads = threads,
                .precision = precision_of(experiment_.training.precision),
                .cuda_graphs = experiment_.training.cuda_graphs,
                .zeros_in_data = zeros_in_input(experiment_, objective, splits_),
                .build_replica = build});
  advice_ = advice_on(experiment_, splits_, learner_->model());
  if (resuming_) {
    take_up_checkpoint();
    note_new_end();
  }
}

void TrainingRun::take_up_checkpoint() {
  const fs::path checkpoint = resumable_checkpoint(paths_);
  // First of all: what differs might be the damage.
  check_weights(checkpoint);
  const CheckpointInfo saved = read_checkpoint_info(checkpoint);
  check_resumable(paths_, saved.experiment, experiment_, splits_);
  planned_epochs_ = saved.experiment.training.epochs;
  start_.learner = learner_->snapshot();
  load_snapshot(checkpoint, learner_->parameters(), start_);
  resumed_epochs_ = start_.state.epoch;
}

int TrainingRun::threads_for(const Autoencoder& model) const {
  const TrainingOptions& training = experiment_.training;
  int64_t threads = default_threads(model.parameter_count(), training.batch_size);
  // As the run began, whatever this machine has: another number adds up in another order.
  if (resuming_) threads = recorded_threads(paths_.root);
  return static_cast<int>(std::clamp<int64_t>(training.threads.value_or(threads), 1, kMaxThreads));
}

void TrainingRun::check_run_directory() {
  if (request_.dry_run) return;
  std::error_code ignored;
  const fs::file_status status = fs::symlink_status(paths_.root, ignored);
  if (!fs::exists(status)) return;
  if (!request_.overwrite && !request_.resume) {
    throw usage_error(
        "{}: the run directory exists; replace it with --overwrite, continue it with --resume, or "
        "name another with --run-dir",
        paths_.root.string());
  }
  const bool is_run = fs::is_directory(status) && fs::is_regular_file(paths_.manifest(), ignored) &&
                      fs::is_regular_file(paths_.config(), ignored);
  // Before looking further: another process may be about to finish the run.
  const bool has_checkpoint = !resumable_checkpoint(paths_).empty();
  if (is_run || has_checkpoint) lock_.emplace(paths_.root);
  // Without a complete checkpoint there is nothing to continue: the run begins anew.
  resuming_ = request_.resume && !resumable_checkpoint(paths_).empty();
  if (resuming_) return;
  if (!is_run && !(fs::is_directory(status) && fs::is_empty(paths_.root, ignored))) {
    throw usage_error(
        "{}: is not a run directory (a folder with config.json and manifest.json), so it is not "
        "replaced; name another with --run-dir",
        paths_.root.string());
  }
}

void TrainingRun::check_data() const {
  const ReconstructionSpec::Domain domain = experiment_.objective.reconstruction->domain();
  const ValueRange range{
      domain.low, domain.high,
      fmt::format("reconstruction \"{}\"", experiment_.objective.reconstruction.type()),
      domain.whole};
  const auto check = [&](const RowSet& set, const char* option) {
    check_range(set, splits_.preprocessing, range);
    if (experiment_.model.conditional) check_labels(set, splits_.preprocessing, option);
  };
  check(splits_.train, "data.train.labels");
  if (splits_.validation) check(*splits_.validation, "data.validation.labels");
  if (splits_.test) check(*splits_.test, "data.test.labels");
}

bool TrainingRun::is_finished() const {
  if (!resuming_ || !is_done(experiment_.training, start_.state)) return false;
  // A run that was killed while it wrote its results still has to write them.
  const Json finished = read_manifest(paths_.root).value("finished", Json());
  return finished.is_object() && finished.value("step", Json()) == start_.state.step;
}

void TrainingRun::note_new_end() {
  const int64_t epochs = experiment_.training.epochs;
  const SchedulePart& schedule = experiment_.optimizer.schedule;
  if (epochs == planned_epochs_ || !schedule->follows_the_end()) return;
  advice_.notes.push_back(fmt::format(
      "training.epochs was {} and is now {}: from here on the learning rate follows \"{}\" to "
      "the new end, so the result differs from that of {} epochs at once",
      planned_epochs_, epochs, schedule.type(), epochs));
}

void TrainingRun::create_run_directory() {
  // Only what was a run, and is locked, may be replaced: since this process looked another one may
  // have made it, and train there. An empty folder makes room.
  if (!lock_) ::rmdir(paths_.root.c_str());
  AtomicDirectory directory(paths_.root);
  RunLock lock(directory.path());
  const RunPaths fresh{directory.path()};
  write_text_atomically(fresh.config(), options_json(experiment_).dump(2) + "\n");
  const Json manifest =
      make_manifest(experiment_, splits_, locations_, learner_->device(), request_.command_line);
  write_manifest(directory.path(), manifest);
  for (const fs::path& folder : {fresh.checkpoints(), fresh.latents(), fresh.samples()}) {
    fs::create_directory(folder);
  }
  directory.commit(/*replace=*/lock_.has_value());
  lock_ = std::move(lock);
  remove_abandoned();
}

/// What processes were making, or replacing, that were killed meanwhile.
void TrainingRun::remove_abandoned() const {
  const fs::path root = fs::absolute(paths_.root / "").parent_path();
  const std::string prefix = fmt::format(".{}.", root.filename().string());
  std::vector<fs::path> found;
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator(root.parent_path(), ignored)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(prefix) && is_temporary_name(name)) found.push_back(entry.path());
  }
  for (const fs::path& path : found) {
    try {
      const RunLock lock(path);
      fs::remove_all(path, ignored);
    } catch (const Error&) {
      // Somebody is at it.
    }
  }
}

void TrainingRun::open() {
  opened_ = true;
  if (resuming_) {
    remove_temporaries();
    write_text_atomically(paths_.config(), options_json(experiment_).dump(2) + "\n");
    const std::string differs = note_resumption(paths_, start_.state, learner_->device());
    if (!differs.empty()) {
      advice_.warnings.push_back("the run goes on in other surroundings: " + differs);
    }
    return;
  }
  const fs::path parent = fs::path(paths_.root / "").parent_path().parent_path();
  std::error_code error;
  if (!parent.empty()) fs::create_directories(parent, error);
  if (error) throw data_error("{}: cannot be made: {}", parent.string(), error.message());
  create_run_directory();
}

/// What a killed process was writing.
void TrainingRun::remove_temporaries() const {
  std::error_code ignored;
  std::vector<fs::path> found;
  for (const fs::path& folder : {paths_.root, paths_.latents(), paths_.samples()}) {
    for (const fs::directory_entry& entry : fs::directory_iterator(folder, ignored)) {
      if (is_temporary_name(entry.path())) found.push_back(entry.path());
    }
  }
  for (const fs::path& path : found) fs::remove_all(path, ignored);
}

Json TrainingRun::run(const std::vector<Observer*>& observers, const MetricsLog::Warn& warn) {
  if (!opened_) open();
  Trainer trainer(experiment_, splits_, *learner_);
  if (resuming_) trainer.resume(start_);
  MetricsLog log(paths_.metrics(), trainer.state().epoch, warn);
  Checkpointer checkpointer(
      paths_.checkpoints(), {experiment_, splits_.preprocessing}, *learner_, [&log] { log.sync(); },
      warn);
  trainer.add(log);
  trainer.add(checkpointer);
  for (Observer* observer : observers) trainer.add(*observer);

  const double begin = monotonic_seconds();
  const Trainer::Outcome outcome = trainer.run();
  const TrainingState& state = trainer.state();
  Json result = {{"run", paths_.root.string()},
                 {"completed", outcome == Trainer::Outcome::completed},
                 {"epochs", state.epoch},
                 {"steps", state.step},
                 {"seconds", monotonic_seconds() - begin}};
  if (state.mishaps.skipped_updates > 0) result["skipped_updates"] = state.mishaps.skipped_updates;
  if (state.mishaps.rollbacks > 0) result["rollbacks"] = state.mishaps.rollbacks;
  if (state.best.epoch > 0) {
    result["best"] = {{"epoch", state.best.epoch}, {"loss", state.best.loss}};
  }
  if (outcome == Trainer::Outcome::completed) result["completed"] = finish(trainer, log, result);
  return result;
}

bool TrainingRun::finish(Trainer& trainer, MetricsLog& log, Json& result) {
  try {
    // Everything that is reported is the best checkpoint's, which is also what RUN means later on.
    load_weights(paths_.checkpoints() / "best", learner_->model());
    if (splits_.test) {
      const auto means = trainer.evaluate(*splits_.test);
      if (!means) return false;
      const SplitMetrics test{.split = "test", .means = *means};
      log.write(trainer, test);
      log.sync();
      result["test"] = metrics_json(test, trainer.state(), splits_.preprocessing.width());
    }
    // From here on the model is used as one that is read from the checkpoint would be.
    learner_->model().to(at::kFloat);
    if (!write_run_results(paths_, splits_, *learner_, static_cast<uint64_t>(experiment_.seed),
                           [&] { return trainer.is_interrupted(); })) {
      return false;
    }
    mark_finished(paths_.root, trainer.state().epoch, trainer.state().step);
    return true;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::data) throw;
    throw data_error("{}; the model is trained and saved, --resume makes what is left to do",
                     error.what());
  }
}

}  // namespace ae
