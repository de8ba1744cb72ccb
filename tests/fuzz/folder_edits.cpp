#include "fuzz/folder_edits.h"

#include <sys/stat.h>

#include <array>
#include <fstream>
#include <string_view>
#include <system_error>

namespace ae {
namespace {

namespace fs = std::filesystem;

/// Names in a run directory; "*" stands for the checkpoint's.
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

/// What links lead to: nothing outside the folder that holds the run, as programs may write there.
constexpr std::array<std::string_view, 7> kTargets = {
    "*",           // 0
    "missing",     // 1
    "last",        // 2
    ".",           // 3
    "..",          // 4
    "../..",       // 5
    "state.json",  // 6
};

enum Deed : uint8_t {
  kRemove,  // 0
  kFolder,  // 1
  kEmpty,   // 2: a file of no bytes
  kLink,    // 3
  kPipe,    // 4
  kHuge,    // 5: a file of 20 GiB, none of them on the disk
  kHalve,   // 6
  kCopy,    // 7: of another entry
  kDeeds,
};

constexpr uint64_t kHugeBytes = uint64_t{20} << 30;

fs::path named(std::string_view name, const std::string& step) {
  std::string text(name);
  if (const size_t at = text.find('*'); at != std::string::npos) text.replace(at, 1, step);
  return text;
}

/// One may lie in the other.
void replace_by_copy(const fs::path& path, const fs::path& original, const fs::path& room) {
  std::error_code ignored;
  fs::copy(original, room, fs::copy_options::recursive | fs::copy_options::copy_symlinks, ignored);
  fs::remove_all(path, ignored);
  fs::rename(room, path, ignored);
}

}  // namespace

void edit_folder(const fs::path& run, const std::string& step, FolderEdit edit) {
  const fs::path path = run / named(kEntries[edit.entry % kEntries.size()], step);
  const auto deed = static_cast<Deed>(edit.deed % kDeeds);
  std::error_code ignored;
  if (deed == kHalve) return fs::resize_file(path, fs::file_size(path, ignored) / 2, ignored);
  if (deed == kCopy) {
    const fs::path original = run / named(kEntries[edit.with % kEntries.size()], step);
    return replace_by_copy(path, original, run.parent_path() / "copy");
  }
  fs::remove_all(path, ignored);
  if (deed == kFolder) fs::create_directory(path, ignored);
  if (deed == kEmpty || deed == kHuge) std::ofstream{path};
  if (deed == kHuge) fs::resize_file(path, kHugeBytes, ignored);
  if (deed == kLink) {
    fs::create_symlink(named(kTargets[edit.with % kTargets.size()], step), path, ignored);
  }
  if (deed == kPipe) ::mkfifo(path.c_str(), S_IRUSR | S_IWUSR);
}

}  // namespace ae
