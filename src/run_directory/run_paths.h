#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/error.h"

namespace ae {

/// Files of a checkpoint.
inline constexpr const char* kModelFile = "model.safetensors";  ///< weights
inline constexpr const char* kStateFile = "state.safetensors";  ///< optimiser state
inline constexpr const char* kProgressFile =
    "state.json";  ///< progress and checksums; written last

/// Beginning and end of the names of TensorBoard's event files that ae-train writes.
inline constexpr std::string_view kEventFilePrefix = "events.out.tfevents.";
inline constexpr std::string_view kEventFileSuffix = ".ae";

/// Paths of the files and folders in a run directory.
struct RunPaths {
  std::filesystem::path root;

  std::filesystem::path config() const { return root / "config.json"; }
  std::filesystem::path manifest() const { return root / "manifest.json"; }
  std::filesystem::path metrics() const { return root / "metrics.jsonl"; }
  std::filesystem::path metrics_csv() const { return root / "metrics.csv"; }
  std::filesystem::path report() const { return root / "report.html"; }
  std::filesystem::path data() const { return root / "data.json"; }
  std::filesystem::path scores() const { return root / "scores.json"; }
  std::filesystem::path checkpoints() const { return root / "checkpoints"; }
  std::filesystem::path latents() const { return root / "latents"; }
  std::filesystem::path splits() const { return root / "splits"; }
  std::filesystem::path evaluation() const { return root / "evaluation"; }
  std::filesystem::path samples() const { return root / "samples"; }
};

/// Checkpoint of a command's argument RUN: the best of a run directory, else its last, or the
/// checkpoint itself. Links are resolved once, as they may change while the run is trained.
/// @throws Error(data) if there is none, or if it cannot be accessed
std::filesystem::path find_checkpoint(const std::filesystem::path& run);

/// A run's checkpoint during reading. Concurrent training may change links and remove old
/// checkpoints: a failed read is retried if the checkpoint was replaced.
class CheckpointInUse {
 public:
  /// @param run  as for find_checkpoint()
  explicit CheckpointInUse(std::filesystem::path run);

  /// Returns read(folder of the checkpoint).
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
  /// Looks the checkpoint up again. @return true if it is another one now
  bool was_replaced();

  std::filesystem::path run_;
  std::filesystem::path path_;
  std::pair<uint64_t, uint64_t> folder_;  // device and inode
};

/// Checkpoint from which training resumes.
struct ResumePoint {
  std::filesystem::path checkpoint;  ///< empty if the run has none yet
  std::string note;                  ///< text on incomplete checkpoints that were skipped, or ""
};

/// The checkpoint that `last` points to; without that link, the complete one of the most updates.
/// @param from  name of another checkpoint to resume from: "best", "step_500"
/// @throws Error(usage) if there is no complete checkpoint of that name
/// @throws Error(data) if there are models but no complete checkpoint, or if access fails
ResumePoint find_resume_point(const RunPaths& run, const std::string& from = "");

/// Updates in the name of a checkpoint's folder: 500 for "step_500"; none for another name.
std::optional<int64_t> step_of_name(const std::filesystem::path& folder);

/// The run directory that contains a checkpoint.
RunPaths run_of_checkpoint(const std::filesystem::path& checkpoint);

}  // namespace ae
