#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

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
/// itself.
/// @throws Error(data) where there is none
std::filesystem::path find_checkpoint(const std::filesystem::path& run);

/// The checkpoint that training goes on from: the one that `last` names, else, where a process
/// ended before it had made that link, the complete one of the most updates; empty where there is
/// none.
std::filesystem::path resumable_checkpoint(const RunPaths& run);

/// The updates that a checkpoint's folder is named for: 500 for "step_500"; none for another name.
std::optional<int64_t> step_of_name(const std::filesystem::path& folder);

/// The run directory that a checkpoint lies in.
RunPaths run_of_checkpoint(const std::filesystem::path& checkpoint);

}  // namespace ae
