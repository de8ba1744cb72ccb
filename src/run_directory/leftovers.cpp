#include "run_directory/leftovers.h"

#include <algorithm>
#include <string>
#include <vector>

#include "core/error.h"
#include "io/path_kind.h"
#include "io/temporary_name.h"
#include "run_directory/manifest.h"
#include "run_directory/run_contents.h"
#include "run_directory/run_directory.h"

namespace ae {

namespace fs = std::filesystem;

namespace {

/// Returns true for a folder that holds a run, or nothing but a lock file.
bool holds_run(const fs::path& folder) {
  if (entry_kind(folder) != PathKind::folder) return false;
  const std::vector<fs::path> entries = folder_entries(folder);
  return std::all_of(entries.begin(), entries.end(),
                     [](const fs::path& entry) { return entry.filename() == ".lock"; }) ||
         is_run(folder);
}

}  // namespace

std::vector<fs::path> remove_leftovers(const fs::path& run) {
  std::vector<fs::path> left;
  const fs::path root = fs::absolute(run / "").parent_path();
  const std::string prefix = fmt::format(".{}.", root.filename().string());
  try {
    for (const fs::path& entry : folder_entries(root.parent_path())) {
      const std::string name = entry.filename().string();
      // The length excludes temporaries of other runs whose names begin with this one's.
      const bool is_ours = name.starts_with(prefix) && is_temporary_name(name) &&
                           name.size() == temporary_name(root).filename().native().size();
      try {
        if (!is_ours || !holds_run(entry)) continue;
        const RunDirectory unused(entry);
        discard_run_files(entry, "", run);
        if (entry_kind(entry) != PathKind::absent) left.push_back(entry);
      } catch (const Error&) {
        // In use by another process.
      }
    }
  } catch (const Error&) {
    // The parent cannot be listed: leftovers stay.
  }
  return left;
}

}  // namespace ae
