#include <unistd.h>

#include <string>
#include <utility>

#include "checkpoints/retention.h"
#include "config/writer.h"
#include "core/error.h"
#include "inference/row_output.h"
#include "io/atomic_directory.h"
#include "io/atomic_file.h"
#include "io/path_kind.h"
#include "io/temporary_name.h"
#include "report/data_report.h"
#include "run_directory/leftovers.h"
#include "run_directory/manifest.h"
#include "run_directory/run_contents.h"
#include "runs/resumption.h"
#include "runs/training_run.h"

// How a training run takes, creates and continues its directory.

namespace ae {

namespace fs = std::filesystem;

namespace {

/// Refuses to replace a run that contains a file which is still needed.
/// @param what  the file's name in the message
void check_outside(const fs::path& path, const fs::path& run, const std::string& what) {
  const fs::path needed = canonical_path(path) / "";
  const fs::path root = canonical_path(run) / "";
  if (!needed.native().starts_with(root.native())) return;
  throw usage_error(
      "{}: cannot be replaced, as it contains {}; move that, or choose another --run-dir",
      run.string(), what);
}

/// Writes the row numbers of splits of one file, as data.validation.rows takes them.
void write_split_rows(const RunPaths& paths, const Splits& splits) {
  const std::pair<const char*, const RowSet*> sets[] = {
      {"train", &splits.train},
      {"validation", splits.validation ? &*splits.validation : nullptr},
      {"test", splits.test ? &*splits.test : nullptr}};
  for (const auto& [name, set] : sets) {
    if (set == nullptr || set->count() == set->data->count()) continue;
    make_folders(paths.splits());
    write_integers(paths.splits() / (std::string(name) + ".npy"), set->rows);
  }
}

}  // namespace

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
    if (request_.resume) find_resume_point(paths_, request_.from);
    if (request_.overwrite) {
      check_outside(".", paths_.root, "the working directory");
      check_replaceable(paths_.root);
    }
    directory_.emplace(paths_.root);
    // Again, as another process may have finished the run just before it was locked. Without a
    // checkpoint there is nothing to continue: the run starts over.
    if (request_.resume) resume_point_ = find_resume_point(paths_, request_.from);
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

void TrainingRun::check_data_outside() const {
  const auto check = [&](const std::string& path) {
    for (const fs::path& folder : locations_.folders) {
      std::error_code error;
      const bool exists = !path.empty() && fs::exists(folder / path, error);
      if (error) {
        throw data_error("{}: cannot be accessed: {}", (folder / path).string(), error.message());
      }
      if (exists) {
        check_outside(folder / path, paths_.root, path);
      }
    }
  };
  const DataOptions& data = experiment_.data;
  check(data.train.path);
  check(data.train.labels);
  for (const std::string& labels : data.train.further_labels) check(labels);
  check(data.train.target.path);
  for (const auto& held_out : {data.validation, data.test}) {
    if (!held_out) continue;
    check(held_out->path);
    check(held_out->labels);
    for (const std::string& labels : held_out->further_labels) check(labels);
    check(held_out->target.path);
    check(held_out->rows);
  }
}

void TrainingRun::remove_old_versions() {
  for (const fs::path& folder : remove_leftovers(paths_.root)) {
    preflight_.warnings.push_back(fmt::format(
        "{}: is left of a former run and cannot be removed; move what you need and remove it",
        folder.string()));
  }
}

void TrainingRun::create_run_directory() {
  // Only a run that this process has locked is replaced: another process may have created one since
  // the check. An empty folder is removed.
  if (!directory_) ::rmdir(paths_.root.c_str());
  AtomicDirectory fresh(paths_.root);
  RunDirectory locked(fresh.path());
  locked.set_path(paths_.root);
  locked.guard([&] {
    const RunPaths here = locked.paths();
    // The manifest first: it identifies the folder as a run if this process is killed.
    Json manifest =
        make_manifest(experiment_, splits_, locations_, engine_->device(), request_.command_line);
    if (!provenance_.is_null()) manifest["initial_weights"] = provenance_;
    write_manifest(here.root, manifest);
    write_text_atomically(here.config(), options_json(experiment_).dump(2) + "\n");
    // Paths may be any bytes; JSON is UTF-8.
    write_text_atomically(
        here.data(),
        data_json(splits_, equal_rows_).dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
    write_split_rows(here, splits_);
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
  remove_old_versions();
}

/// Prepares a run directory for resumption and removes the temporaries of killed processes.
void TrainingRun::continue_run_directory() {
  const RunPaths here = directory_->paths();
  for (const fs::path& folder : {here.root, here.latents(), here.samples()}) {
    for (const fs::path& entry : folder_entries(folder)) {
      if (is_temporary_name(entry) && entry_kind(entry) == PathKind::file) ::unlink(entry.c_str());
    }
  }
  remove_old_versions();
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
  if (resuming_) return directory_->guard([&] { continue_run_directory(); });
  const fs::path parent = fs::path(paths_.root / "").parent_path().parent_path();
  if (!parent.empty()) make_folders(parent);
  create_run_directory();
}

}  // namespace ae
