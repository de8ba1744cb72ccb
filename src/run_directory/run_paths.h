#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>

#include "core/error.h"

namespace ae {

/// Names in a run directory.
struct RunPaths {
  std::filesystem::path root;

  std::filesystem::path config() const { return root / "config.json"; }
  std::filesystem::path manifest() const { return root / "manifest.json"; }
  std::filesystem::path metrics() const { return root / "metrics.jsonl"; }
  std::filesystem::path checkpoints() const { return root / "checkpoints"; }
  std::filesystem::path latents() const { return root / "latents"; }
  std::filesystem::path samples() const { return root / "samples"; }
};

/// The checkpoint that RUN means: the best of a run directory, else its last; or a checkpoint
/// itself. Links are resolved once: while the run is being trained they may change.
/// @throws Error(data) where there is none, or where the system does not tell
std::filesystem::path find_checkpoint(const std::filesystem::path& run);

/// A run's checkpoint while it is read. The run may be trained meanwhile, which moves links on and
/// removes old checkpoints: reading that failed is tried again where the checkpoint was replaced.
class CheckpointInUse {
 public:
  /// @param run  as for find_checkpoint()
  explicit CheckpointInUse(std::filesystem::path run);

  /// Calls read(checkpoint's folder) and returns its result.
  template <class Read>
  auto read(const Read& read) {
    constexpr int kTries = 20;
    for (int tries = 1;; ++tries) {
      try {
        return read(path_);
      } catch (const Error& error) {
        if (error.kind() != ErrorKind::data || tries == kTries || !was_replaced()) throw;
      }
    }
  }

 private:
  void find();
  /// Looks again. @return true where the run's checkpoint is another one now
  bool was_replaced();

  std::filesystem::path run_;
  std::filesystem::path path_;
  std::pair<uint64_t, uint64_t> folder_;  // device and inode
};

/// Where training goes on.
struct ResumePoint {
  std::filesystem::path checkpoint;  ///< empty where the run has none yet
  std::string note;                  ///< of damage that was passed by, for people; or ""
};

/// The checkpoint that `last` names, else, where a process ended before it had made that link, the
/// complete one of the most updates.
/// @throws Error(data) where there are models and no complete checkpoint, or where the system does
///         not tell
ResumePoint find_resume_point(const RunPaths& run);

/// The updates that a checkpoint's folder is named for: 500 for "step_500"; none for another name.
std::optional<int64_t> step_of_name(const std::filesystem::path& folder);

/// The run directory that a checkpoint lies in.
RunPaths run_of_checkpoint(const std::filesystem::path& checkpoint);

}  // namespace ae
