#include "fuzz/folder_edits.h"

#include <sys/stat.h>

#include <array>
#include <fstream>
#include <string_view>
#include <system_error>

namespace ae {
namespace {

namespace fs = std::filesystem;

/// Paths in a run directory; "*" stands for the name of the checkpoint.
constexpr std::array<std::string_view, 16> kEntries = {
    "checkpoints/last",                 // 0
    "checkpoints/best",                 // 1
    "checkpoints/*",                    // 2
    "checkpoints/*/model.safetensors",  // 3
    "checkpoints/*/state.safetensors",  // 4
    "checkpoints/*/state.json",         // 5
    "checkpoints",                      // 6
    "config.json",                      // 7
    "manifest.json",                    // 8
    "metrics.jsonl",                    // 9
    "latents",                          // 10
    "samples",                          // 11
    ".lock",                            // 12
    "checkpoints/step_0",               // 13
    "checkpoints/step_99",              // 14
    "checkpoints/step_9223372036854775807",
};

/// Targets of links: none outside the run's parent folder, as programs may write there.
constexpr std::array<std::string_view, 7> kTargets = {
    "*",           // 0
    "missing",     // 1
    "last",        // 2
    ".",           // 3
    "..",          // 4
    "../..",       // 5
    "state.json",  // 6
};

enum FolderAction : uint8_t {
  kRemove,  // 0
  kFolder,  // 1
  kEmpty,   // 2: a file of no bytes
  kLink,    // 3
  kPipe,    // 4
  kHuge,    // 5: a sparse file of 20 GiB
  kHalve,   // 6
  kCopy,    // 7: of another entry
  kActions,
};

constexpr uint64_t kHugeBytes = uint64_t{20} << 30;

fs::path expand(std::string_view name, const std::string& step) {
  std::string text(name);
  if (const size_t at = text.find('*'); at != std::string::npos) text.replace(at, 1, step);
  return text;
}

/// Copies through a temporary path, as one of the two may contain the other.
void replace_by_copy(const fs::path& path, const fs::path& original, const fs::path& temporary) {
  std::error_code ignored;
  fs::copy(original, temporary, fs::copy_options::recursive | fs::copy_options::copy_symlinks,
           ignored);
  fs::remove_all(path, ignored);
  fs::rename(temporary, path, ignored);
}

}  // namespace

void edit_folder(const fs::path& run, const std::string& step, FolderEdit edit) {
  const fs::path path = run / expand(kEntries[edit.entry % kEntries.size()], step);
  const auto action = static_cast<FolderAction>(edit.action % kActions);
  std::error_code ignored;
  if (action == kHalve) return fs::resize_file(path, fs::file_size(path, ignored) / 2, ignored);
  if (action == kCopy) {
    const fs::path original = run / expand(kEntries[edit.with % kEntries.size()], step);
    return replace_by_copy(path, original, run.parent_path() / "copy");
  }
  fs::remove_all(path, ignored);
  if (action == kFolder) fs::create_directory(path, ignored);
  if (action == kEmpty || action == kHuge) std::ofstream{path};
  if (action == kHuge) fs::resize_file(path, kHugeBytes, ignored);
  if (action == kLink) {
    fs::create_symlink(expand(kTargets[edit.with % kTargets.size()], step), path, ignored);
  }
  if (action == kPipe) ::mkfifo(path.c_str(), S_IRUSR | S_IWUSR);
}

}  // namespace ae
