#include "run_directory/run_paths.h"

#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>
#include <vector>

#include "core/error.h"
#include "core/text.h"
#include "io/path_kind.h"

namespace ae {

namespace fs = std::filesystem;

namespace {

/// Target of a link in checkpoints/; a folder in the link's place is its own target.
fs::path followed(const fs::path& link) {
  const fs::path target = link_target(link);
  return target.empty() ? link : link.parent_path() / target;
}

/// Checkpoint with a model that a link points to; empty if there is none.
fs::path linked_checkpoint(const fs::path& link) {
  fs::path checkpoint = followed(link);
  while (path_kind(checkpoint / kModelFile) == PathKind::absent) {
    // A trainer may have changed the link and removed its former target.
    fs::path now = followed(link);
    if (now == checkpoint) return {};
    checkpoint = std::move(now);
  }
  return checkpoint;
}

/// Device and inode, which identify a folder independently of its name; zeros if stat() fails.
std::pair<uint64_t, uint64_t> folder_identity(const fs::path& path) {
  struct stat status{};
  return ::stat(path.c_str(), &status) == 0
             ? std::pair<uint64_t, uint64_t>(status.st_dev, status.st_ino)
             : std::pair<uint64_t, uint64_t>();
}

/// Finds the checkpoint of a name.
fs::path named_checkpoint(const RunPaths& run, const std::string& name) {
  std::vector<std::string> complete;
  for (const fs::path& entry : folder_entries(run.checkpoints())) {
    const std::string each = entry.filename().string();
    if (each != "last" && each != "best" && !step_of_name(entry)) continue;
    if (path_kind(entry / kProgressFile) == PathKind::absent) continue;
    if (each == name) return entry;
    complete.push_back(each);
  }
  throw usage_error("--from {}: not a checkpoint of {}; there are: {}", name, run.root.string(),
                    complete.empty() ? "none" : join(complete));
}

}  // namespace

fs::path find_checkpoint(const fs::path& run) {
  if (path_kind(run) == PathKind::absent) {
    throw data_error("{}: no such run; expected a run directory, such as runs/NAME", run.string());
  }
  if (run.filename() == kModelFile) return run.has_parent_path() ? run.parent_path() : ".";
  if (path_kind(run) == PathKind::folder) {
    for (const fs::path& place :
         {run, RunPaths{run}.checkpoints() / "best", RunPaths{run}.checkpoints() / "last"}) {
      const fs::path checkpoint = linked_checkpoint(place);
      if (!checkpoint.empty()) return checkpoint;
    }
  }
  throw data_error(
      "{}: holds no complete checkpoint; expected a run directory of ae-train, or a checkpoint in "
      "one",
      run.string());
}

ResumePoint find_resume_point(const RunPaths& run, const std::string& from) {
  const auto is_complete = [&](const fs::path& folder) {
    return path_kind(folder / kProgressFile) != PathKind::absent;
  };
  if (!from.empty()) return {followed(named_checkpoint(run, from)), ""};
  const fs::path last = run.checkpoints() / "last";
  if (is_complete(last)) return {followed(last), ""};
  ResumePoint found;
  std::vector<std::string> incomplete;
  int64_t most = -1;
  for (const fs::path& entry : folder_entries(run.checkpoints())) {
    const std::optional<int64_t> step = step_of_name(entry);
    if (!step) continue;
    if (is_complete(entry)) {
      if (*step > most) found.checkpoint = entry;
      most = std::max(most, *step);
    } else if (path_kind(entry / kModelFile) != PathKind::absent) {
      incomplete.push_back(entry.filename().string());
    }
  }
  if (incomplete.empty()) return found;
  if (found.checkpoint.empty()) {
    throw data_error(
        "{}: {} without state.json: the models are complete, but training cannot continue from "
        "them; restore the files, use the models with --unverified, or replace the run with "
        "--overwrite",
        run.checkpoints().string(), join(incomplete));
  }
  found.note = fmt::format("{}: {} without state.json; training continues from {}",
                           run.checkpoints().string(), join(incomplete),
                           found.checkpoint.filename().string());
  return found;
}

std::optional<int64_t> step_of_name(const fs::path& folder) {
  constexpr std::string_view kPrefix = "step_";
  const std::string name = folder.filename().string();
  int64_t step = 0;
  if (!name.starts_with(kPrefix)) return std::nullopt;
  const auto [end, error] =
      std::from_chars(name.data() + kPrefix.size(), name.data() + name.size(), step);
  if (error != std::errc() || end != name.data() + name.size() || step < 0) return std::nullopt;
  return step;
}

CheckpointInUse::CheckpointInUse(fs::path run) : run_(std::move(run)) { find(); }

void CheckpointInUse::find() {
  path_ = find_checkpoint(run_);
  folder_ = folder_identity(path_);
}

bool CheckpointInUse::was_replaced() {
  const fs::path path = path_;
  const auto folder = folder_;
  find();
  return path_ != path || folder_ != folder;
}

RunPaths run_of_checkpoint(const fs::path& checkpoint) {
  return {canonical_path(checkpoint).parent_path().parent_path()};
}

}  // namespace ae
