#include "run_directory/run_contents.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>

#include "core/error.h"
#include "io/path_kind.h"
#include "io/temporary_name.h"
#include "run_directory/run_paths.h"

namespace ae {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 5> kFolders = {"checkpoints", "evaluation", "latents",
                                                      "samples", "splits"};
constexpr std::array<std::string_view, 12> kFiles = {
    "config.json",     "data.json",          "manifest.json",          "metrics.jsonl",
    "metrics.csv",     "report.html",        "metrics.damaged.jsonl",  "scores.json",
    "events-copy.bin", "damaged-events.bin", "projector_config.pbtxt", ".lock"};

template <class Names>
bool contains(const Names& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_checkpoint_name(const fs::path& name) {
  return step_of_name(name) || name == "last" || name == "best" || is_temporary_name(name);
}

/// Returns true for names such as "test.npy" and "validation.rows.npy"; see write_run_results().
bool is_latents_file(const std::string& name) {
  if (name == "label_names.json" || name == "tensors.tsv" || name == "metadata.tsv") return true;
  for (const std::string_view split : {"test", "validation", "train"}) {
    for (const std::string_view what : {"", ".log_variance", ".rows", ".labels"}) {
      if (name == fmt::format("{}{}.npy", split, what)) return true;
    }
    if (name == fmt::format("{}.labels.csv", split)) return true;
  }
  return false;
}

bool is_event_file(const std::string& name) {
  return name.starts_with(kEventFilePrefix) && name.ends_with(kEventFileSuffix);
}

/// Returns true for names such as "epoch_10.samples.png"; see EpochPictures.
bool is_epoch_picture(const std::string& name) {
  const size_t digits = name.find_first_not_of("0123456789", 6);
  return name.starts_with("epoch_") && digits != std::string::npos && digits > 6 &&
         (name.substr(digits) == ".reconstructions.png" || name.substr(digits) == ".samples.png");
}

/// Returns true if ae-train makes a folder of this path within a run.
bool is_run_folder(const fs::path& inside) {
  if (inside.parent_path() == "checkpoints") return is_checkpoint_name(inside.filename());
  return !inside.has_parent_path() && contains(kFolders, inside.string());
}

/// Returns true if ae-train makes a file or a link of this path within a run.
bool is_run_file(const fs::path& inside) {
  constexpr std::array<std::string_view, 3> kCheckpoint = {kModelFile, kStateFile, kProgressFile};
  constexpr std::array<std::string_view, 3> kSamples = {"inputs.png", "reconstructions.png",
                                                        "samples.png"};
  constexpr std::array<std::string_view, 9> kEvaluation = {
      "metrics.json",       "report.html",      "errors_by_feature.csv",
      "errors_by_row.csv",  "kl_by_latent.csv", "latent_map.csv",
      "sparse_latents.csv", "compression.csv",  "denoising.csv"};
  constexpr std::array<std::string_view, 3> kSplits = {"train.npy", "validation.npy", "test.npy"};
  const fs::path folder = inside.parent_path();
  const std::string name = inside.filename().string();
  if (is_temporary_name(name)) return true;
  if (folder.empty()) return contains(kFiles, name) || is_event_file(name);
  if (folder == "checkpoints") return name == "last" || name == "best";
  if (folder == "latents") return is_latents_file(name);
  if (folder == "evaluation") return contains(kEvaluation, name);
  if (folder == "samples") return contains(kSamples, name) || is_epoch_picture(name);
  if (folder == "splits") return contains(kSplits, name);
  return contains(kCheckpoint, name);
}

void discard(const fs::path& folder, const fs::path& inside, const fs::path& successor) {
  for (const fs::path& entry : folder_entries(folder)) {
    const fs::path name = entry.filename();
    const bool is_folder = entry_kind(entry) == PathKind::folder;
    if (is_folder && is_run_folder(inside / name)) {
      discard(entry, inside / name, successor / name);
    } else if (!is_folder && is_run_file(inside / name)) {
      ::unlink(entry.c_str());
    } else {
      make_folders(successor);
      ::renameat2(AT_FDCWD, entry.c_str(), AT_FDCWD, (successor / name).c_str(), RENAME_NOREPLACE);
    }
  }
  ::rmdir(folder.c_str());  // fails if something is left
}

/// Refuses a run with a folder whose entries this user may not remove.
void check_removable(const fs::path& folder, const fs::path& inside, const fs::path& name) {
  if (::faccessat(AT_FDCWD, folder.c_str(), W_OK | X_OK, AT_EACCESS) != 0) {
    throw data_error(
        "{}: cannot be emptied: {}; change its permissions, or choose another --run-dir",
        name.string(), std::strerror(errno));
  }
  for (const fs::path& entry : folder_entries(folder)) {
    const fs::path within = inside / entry.filename();
    if (entry_kind(entry) != PathKind::folder || !is_run_folder(within)) continue;
    check_removable(entry, within, name / entry.filename());
  }
}

/// Device number of the file system that a folder is on. @throws Error(data) if stat() fails
dev_t device_of(const fs::path& folder) {
  struct stat status{};
  if (::stat(folder.c_str(), &status) == 0) return status.st_dev;
  throw data_error("{}: cannot be accessed: {}", folder.string(), std::strerror(errno));
}

}  // namespace

void check_run_entries(const fs::path& root, const fs::path& name) {
  for (const std::string_view folder : kFolders) {
    const PathKind kind = entry_kind(root / folder);
    if (kind == PathKind::absent) continue;
    if (kind == PathKind::folder && device_of(root / folder) == device_of(root)) continue;
    throw data_error("{}: is a {}; expected a folder of the run itself; move it away",
                     (name / folder).string(),
                     kind == PathKind::link     ? "link"
                     : kind == PathKind::folder ? "mounted disk"
                                                : "file");
  }
  for (const std::string_view file : kFiles) {
    if (entry_kind(root / file) != PathKind::folder) continue;
    throw data_error("{}: is a folder; expected a file; move it away", (name / file).string());
  }
  for (const fs::path& entry : folder_entries(root / "checkpoints")) {
    if (!step_of_name(entry) || entry_kind(entry) == PathKind::folder) continue;
    throw data_error("{}: is not a folder; expected a checkpoint's folder; move it away",
                     (name / "checkpoints" / entry.filename()).string());
  }
}

void check_replaceable(const fs::path& root) { check_removable(root, "", root); }

void discard_run_files(const fs::path& folder, const fs::path& inside,
                       const fs::path& successor) noexcept {
  try {
    discard(folder, inside, successor);
  } catch (const std::exception&) {
    // Leftovers are removed by the next process that opens the run.
  }
}

}  // namespace ae
