#include "runs/training_run.h"

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>

#include "checkpoints/checkpointer.h"
#include "config/writer.h"
#include "core/clock.h"
#include "core/error.h"
#include "engine/device.h"
#include "inference/trained_model.h"
#include "io/atomic_directory.h"
#include "io/atomic_file.h"
#include "io/path_kind.h"
#include "io/temporary_name.h"
#include "run_directory/leftovers.h"
#include "run_directory/manifest.h"
#include "run_directory/run_contents.h"
#include "runs/feasibility.h"
#include "runs/presence_check.h"
#include "runs/resumption.h"
#include "runs/training_results.h"
#include "training/model_input.h"

namespace ae {

namespace fs = std::filesystem;

namespace {

/// Returns work(). Its errors are rethrown with the run's name in place of descriptor paths, or as
/// an error that the run directory was removed.
template <class Work>
auto in_run(const RunDirectory& directory, const Work& work) {
  try {
    return work();
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::data) directory.check_present();
    throw Error(error.kind(), directory.readable(error.what()));
  }
}

/// Refuses to replace a run that contains a file which is still needed.
/// @param what  the file's name in the message
void check_outside(const fs::path& path, const fs::path& run, const std::string& what) {
  std::error_code ignored;
  const auto canonical = [&](const fs::path& named) {
    return fs::weakly_canonical(fs::absolute(named, ignored), ignored);
  };
  const fs::path needed = canonical(path) / "";
  const fs::path root = canonical(run) / "";
  if (!needed.native().starts_with(root.native())) return;
  throw usage_error(
      "{}: cannot be replaced, as it contains {}; move that, or choose another --run-dir",
      run.string(), what);
}

/// Checks that a checkpoint's running sums are of the objective's loss terms.
void check_terms(const TrainingState& state, const Objective& objective, const fs::path& source) {
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

TrainingRun::TrainingRun(TrainRequest request)
    : request_(std::move(request)),
      experiment_(read_experiment(request_.config, request_.settings)) {
  paths_.root =
      request_.run_directory.empty() ? fs::path("runs") / experiment_.name : request_.run_directory;
  check_run_directory();
  const at::Device device = choose_device(request_.device);
  experiment_.training.deterministic ? make_deterministic(device) : benchmark_convolutions(device);
  check_precision(experiment_.training.precision, device, request_.config.string());
  locations_ = DataLocations::of(request_.data_root, request_.config.parent_path());
  splits_ = load_splits(experiment_.data, locations_, static_cast<uint64_t>(experiment_.seed));
  check_data();
  if (directory_ && !resuming_) check_data_outside();
  const TrainingOptions& training = experiment_.training;
  check_lengths(experiment_, training.length(splits_.train.count()), request_.config.string());
  const InputInfo input = input_of(experiment_, splits_);
  const auto build = [&] {
    return std::make_shared<Autoencoder>(experiment_.model, experiment_.objective, input,
                                         static_cast<uint64_t>(experiment_.seed));
  };
  std::shared_ptr<Autoencoder> model = build();
  check_memory(*model, training.ema.has_value(),
               std::min(training.batch_size, splits_.train.count()) *
                   experiment_.objective.posterior_samples,
               device);
  const int threads = threads_for(*model);
  set_threads(threads);
  const Objective objective(experiment_.model, experiment_.objective, experiment_.corruption,
                            input);
  engine_ = std::make_unique<TrainingEngine>(
      std::move(model), objective, *experiment_.optimizer, device, update_options(experiment_),
      ExecutionOptions{.threads = threads,
                       .precision = precision_of(experiment_.training.precision),
                       .cuda_graphs = experiment_.training.cuda_graphs,
                       .zeros_in_data = zeros_in_input(experiment_, objective, splits_),
                       .build_replica = build});
  preflight_ = preflight_checks(experiment_, splits_, engine_->model());
  if (resuming_) {
    load_checkpoint();
    note_changed_length();
  }
}

void TrainingRun::load_checkpoint() {
  const Unverified unverified = request_.unverified ? Unverified::use : Unverified::refuse;
  const fs::path& checkpoint = resume_point_.checkpoint;
  start_.engine = engine_->snapshot();
  // Before the comparison of configs, whose differences may be damage.
  check_sizes(checkpoint, engine_->parameters(), start_.engine);
  const bool verified = check_weights(checkpoint, unverified);
  const CheckpointInfo saved = read_checkpoint_info(checkpoint);
  check_resumable(paths_, saved.experiment, experiment_, splits_);
  planned_epochs_ = saved.experiment.training.epochs;
  load_snapshot(checkpoint, engine_->parameters(), start_, unverified);
  check_terms(start_.state, engine_->objective(), checkpoint / "state.json");
  resumed_epochs_ = start_.state.epoch;
  // Another run may have taken the name while data were loaded.
  directory_->check_named();
  if (!verified) spdlog::warn("{}", unverified_text(checkpoint));
  if (!resume_point_.note.empty()) preflight_.warnings.push_back(resume_point_.note);
}

int TrainingRun::threads_for(const Autoencoder& model) const {
  const TrainingOptions& training = experiment_.training;
  int64_t threads = default_threads(model.parameter_count(), training.batch_size);
  // The recorded number, whatever this machine has: another number changes the order of sums.
  if (resuming_) threads = recorded_threads(paths_.root);
  return static_cast<int>(std::clamp<int64_t>(training.threads.value_or(threads), 1, kMaxThreads));
}

void TrainingRun::check_run_directory() {
  if (request_.dry_run) return;
  const PathKind kind = entry_kind(paths_.root);
  if (kind == PathKind::absent) return;
  if (!request_.overwrite && !request_.resume) {
    throw usage_error(
        "{}: the run directory exists; replace it with --overwrite, continue it with --resume, or "
        "choose another with --run-dir",
        paths_.root.string());
  }
  const bool is_a_run = path_kind(paths_.root) == PathKind::folder && is_run(paths_.root);
  if (is_a_run) {
    // Folders that are not a run, or are damaged, are refused before anything is written to them.
    check_run_entries(paths_.root, paths_.root);
    if (request_.resume) find_resume_point(paths_);
    if (request_.overwrite) check_outside(".", paths_.root, "the working directory");
    directory_.emplace(paths_.root);
    // Again, as another process may have finished the run just before it was locked. Without a
    // checkpoint there is nothing to continue: the run starts over.
    if (request_.resume) resume_point_ = find_resume_point(paths_);
    resuming_ = !resume_point_.checkpoint.empty();
    if (resuming_ || kind == PathKind::folder) return;
  }
  if (kind != PathKind::folder || !folder_entries(paths_.root).empty()) {
    throw usage_error(
        "{}: is not a run directory of ae-train, by its manifest.json, so it is not {}; choose "
        "another with --run-dir",
        paths_.root.string(), request_.resume ? "continued" : "replaced");
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

void TrainingRun::check_data_outside() const {
  const auto check = [&](const std::string& path) {
    std::error_code ignored;
    for (const fs::path& folder : locations_.folders) {
      if (!path.empty() && fs::exists(folder / path, ignored)) {
        check_outside(folder / path, paths_.root, path);
      }
    }
  };
  const DataOptions& data = experiment_.data;
  check(data.train.path);
  check(data.train.labels);
  if (data.validation) check(data.validation->path);
  if (data.validation) check(data.validation->labels);
  if (data.test) check(data.test->path);
  if (data.test) check(data.test->labels);
}

bool TrainingRun::is_finished() const {
  if (!resuming_ || !is_done(experiment_.training, start_.state)) return false;
  // A run that was killed while writing results must still write them.
  return member(read_manifest(paths_.root), "finished", "step") == start_.state.step;
}

void TrainingRun::note_changed_length() {
  const int64_t epochs = experiment_.training.epochs;
  const SchedulePart& schedule = experiment_.optimizer.schedule;
  if (epochs == planned_epochs_ || !schedule->depends_on_training_length()) return;
  preflight_.notes.push_back(fmt::format(
      "training.epochs was {} and is now {}: from here on the learning rate follows \"{}\" to the "
      "new end, so the result differs from that of an uninterrupted run of {} epochs",
      planned_epochs_, epochs, schedule.type(), epochs));
}

void TrainingRun::create_run_directory() {
  // Only a run that this process has locked is replaced: another process may have created one since
  // the check. An empty folder is removed.
  if (!directory_) ::rmdir(paths_.root.c_str());
  AtomicDirectory fresh(paths_.root);
  RunDirectory locked(fresh.path());
  locked.set_path(paths_.root);
  in_run(locked, [&] {
    const RunPaths here = locked.paths();
    // The manifest first: it identifies the folder as a run if this process is killed.
    write_manifest(here.root, make_manifest(experiment_, splits_, locations_, engine_->device(),
                                            request_.command_line));
    write_text_atomically(here.config(), options_json(experiment_).dump(2) + "\n");
    for (const fs::path& folder : {here.checkpoints(), here.latents(), here.samples()}) {
      make_folders(folder);
    }
  });
  if (directory_) {
    directory_->check_named();
    fresh.commit_replacing([&](const fs::path& old) { discard_run_files(old, "", paths_.root); });
  } else {
    fresh.commit();
  }
  directory_ = std::move(locked);
  remove_leftovers(paths_.root);
}

/// Prepares a run directory for resumption and removes the temporaries of killed processes.
void TrainingRun::continue_run_directory() {
  const RunPaths here = directory_->paths();
  for (const fs::path& folder : {here.root, here.latents(), here.samples()}) {
    for (const fs::path& entry : folder_entries(folder)) {
      if (is_temporary_name(entry) && entry_kind(entry) == PathKind::file) ::unlink(entry.c_str());
    }
  }
  remove_leftovers(paths_.root);
  for (const fs::path& folder : {here.checkpoints(), here.latents(), here.samples()}) {
    make_folders(folder);  // a copy of the run may lack empty ones
  }
  restore_links(here.checkpoints());
  write_text_atomically(here.config(), options_json(experiment_).dump(2) + "\n");
  const std::string differs = record_resumption(here, start_.state, engine_->device());
  if (!differs.empty()) {
    preflight_.warnings.push_back("the run continues in another environment: " + differs);
  }
}

void TrainingRun::open() {
  opened_ = true;
  if (resuming_) return in_run(*directory_, [&] { continue_run_directory(); });
  const fs::path parent = fs::path(paths_.root / "").parent_path().parent_path();
  if (!parent.empty()) make_folders(parent);
  create_run_directory();
}

Json TrainingRun::run(const std::vector<Observer*>& observers, const MetricsLog::Warn& warn) {
  if (!opened_) open();
  return in_run(*directory_, [&] {
    return train(observers, [&](const std::string& text) { warn(directory_->readable(text)); });
  });
}

Json TrainingRun::train(const std::vector<Observer*>& observers, const MetricsLog::Warn& warn) {
  const RunPaths here = directory_->paths();
  Trainer trainer(experiment_, splits_, *engine_);
  if (resuming_) trainer.resume(start_);
  PresenceCheck presence(*directory_);
  MetricsLog log(here.metrics(), trainer.state().epoch, warn);
  Checkpointer checkpointer(
      here.checkpoints(), {experiment_, splits_.preprocessing}, *engine_, [&log] { log.sync(); },
      warn);
  trainer.add(presence);
  trainer.add(log);
  trainer.add(checkpointer);
  for (Observer* observer : observers) trainer.add(*observer);

  const double begin = monotonic_seconds();
  const Trainer::Outcome outcome = trainer.run();
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
    result["best"] = {{"epoch", state.best.epoch}, {"loss", state.best.loss}};
  }
  if (outcome == Trainer::Outcome::completed) result["completed"] = finish(trainer, log, result);
  return result;
}

bool TrainingRun::finish(Trainer& trainer, MetricsLog& log, Json& result) {
  const RunPaths here = directory_->paths();
  try {
    // All results are of the best checkpoint, which other programs also load for RUN.
    load_weights(here.checkpoints() / "best", engine_->model());
    if (splits_.test) {
      const auto means = trainer.evaluate(*splits_.test);
      if (!means) return false;
      const SplitMetrics test{.split = "test", .means = *means};
      log.write(trainer, test);
      log.sync();
      result["test"] = metrics_json(test, trainer.state(), splits_.preprocessing.width());
    }
    // float32, as in a model loaded from the checkpoint.
    engine_->model().to(at::kFloat);
    if (!write_run_results(here, splits_, *engine_, static_cast<uint64_t>(experiment_.seed),
                           [&] { return trainer.is_interrupted(); })) {
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
