#include "checkpoints/retention.h"

#include <functional>
#include <map>
#include <vector>

#include "checkpoints/checkpoint_schema.h"
#include "core/error.h"
#include "io/atomic_file.h"
#include "io/path_kind.h"
#include "io/temporary_name.h"
#include "run_directory/run_contents.h"
#include "run_directory/run_paths.h"

namespace ae {

namespace fs = std::filesystem;

namespace {

/// Renames a checkpoint before removing it, so that none is ever incomplete under its name.
void remove_checkpoint(const fs::path& path) {
  std::error_code error;
  const fs::path doomed = is_temporary_name(path) ? path : temporary_name(path);
  if (doomed != path) fs::rename(path, doomed, error);
  // Some file systems cannot rename folders, such as overlays those of a lower layer.
  const fs::path& left = error ? path : doomed;
  if (entry_kind(left) == PathKind::folder) {
    fs::remove(left / kProgressFile, error);  // first: without it no checkpoint is complete
    discard_run_files(left, fs::path("checkpoints") / left.filename(), path);
  } else {
    fs::remove(left, error);
  }
}

void restore_link(const fs::path& link) {
  if (entry_kind(link) != PathKind::folder) return;
  const Json step = member(read_progress(link / kProgressFile).json, "training", "step");
  if (!step.is_number_unsigned()) return;
  const std::string name = checkpoint_name(step.get<int64_t>());
  const fs::path checkpoint = link.parent_path() / name;
  const bool is_copy = path_kind(checkpoint / kProgressFile) != PathKind::absent;
  const fs::path& spare = is_copy ? link : checkpoint;
  discard_run_files(spare, fs::path("checkpoints") / name, is_copy ? checkpoint : link);
  std::error_code error;
  if (!is_copy) fs::rename(link, checkpoint, error);
  if (error) throw data_error("{}: cannot be renamed: {}", link.string(), error.message());
  replace_symlink(link, name);
}

}  // namespace

std::string checkpoint_name(int64_t step) { return "step_" + std::to_string(step); }

void restore_links(const fs::path& folder) {
  for (const char* name : {"last", "best"}) restore_link(folder / name);
}

void remove_old_checkpoints(const fs::path& folder, const Retention& retention) {
  std::vector<fs::path> old;
  std::map<int64_t, fs::path, std::greater<>> by_step;
  for (const fs::path& entry : folder_entries(folder)) {
    const std::optional<int64_t> step = step_of_name(entry);
    if (step) by_step.emplace(*step, entry);
    if (is_temporary_name(entry)) old.push_back(entry);
  }
  const fs::path last = link_target(folder / "last");
  const fs::path best = link_target(folder / "best");
  const int64_t last_step = step_of_name(last).value_or(-1);
  // Without the link it is unknown which of them are old.
  if (last_step < 0) by_step.clear();
  int64_t kept = 0;
  for (const auto& [step, path] : by_step) {
    const bool is_best = path.filename() == best && step != last_step;
    const bool permanent = retention.every_updates > 0 && step % retention.every_updates == 0;
    // Checkpoints after the last are of a process that was killed before it linked them.
    const bool recent = step <= last_step && kept < retention.last;
    if (recent && !is_best) ++kept;
    if (!recent && !is_best && !permanent) old.push_back(path);
  }
  for (const fs::path& path : old) remove_checkpoint(path);
}

}  // namespace ae
