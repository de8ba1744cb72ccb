#include "runs/checkpoint_store.h"

#include <functional>
#include <map>
#include <vector>

#include "files/temporary_name.h"
#include "runs/run_paths.h"

namespace ae {

namespace fs = std::filesystem;

namespace {

/// Takes a folder's name from it first: no folder of that name is ever half there.
void remove_folder(const fs::path& path) {
  std::error_code error;
  const fs::path doomed = is_temporary_name(path) ? path : temporary_name(path);
  if (doomed != path) fs::rename(path, doomed, error);
  if (!error) fs::remove_all(doomed, error);
}

}  // namespace

std::string checkpoint_name(int64_t step) { return "step_" + std::to_string(step); }

void remove_old_checkpoints(const fs::path& folder, const Retention& retention) {
  std::error_code ignored;
  std::vector<fs::path> old;
  std::map<int64_t, fs::path, std::greater<>> by_step;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, ignored)) {
    const std::optional<int64_t> step = step_of_name(entry.path());
    if (step) by_step.emplace(*step, entry.path());
    if (is_temporary_name(entry.path())) old.push_back(entry.path());
  }
  const fs::path last = fs::read_symlink(folder / "last", ignored);
  const fs::path best = fs::read_symlink(folder / "best", ignored);
  const int64_t last_step = step_of_name(last).value_or(-1);
  // Without the link nobody knows which of them are old.
  if (last_step < 0) by_step.clear();
  int64_t kept = 0;
  for (const auto& [step, path] : by_step) {
    const bool is_best = path.filename() == best && step != last_step;
    const bool for_good = retention.every_updates > 0 && step % retention.every_updates == 0;
    // What lies after the last was saved by a process that was killed before it was linked.
    const bool recent = step <= last_step && kept < retention.last;
    if (recent && !is_best) ++kept;
    if (!recent && !is_best && !for_good) old.push_back(path);
  }
  for (const fs::path& path : old) remove_folder(path);
}

}  // namespace ae
