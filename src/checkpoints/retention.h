#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace ae {

/// Checkpoints to keep.
struct Retention {
  int64_t last = 1;           ///< number of most recent ones, in addition to the best
  int64_t every_updates = 0;  ///< multiples of this step are kept permanently; 0 for none
};

/// Name of a checkpoint's folder in checkpoints/, such as "step_500".
std::string checkpoint_name(int64_t step);

/// Replaces folders called `last` and `best` by links. A copy of a run that followed links has such
/// folders. @throws Error(data)
void restore_links(const std::filesystem::path& folder);

/// Removes checkpoints that are not to be kept, and temporaries of killed processes. Targets of
/// `last` and `best`, and files that ae-train did not write, are never removed.
/// @throws Error(data) if the folder cannot be read
void remove_old_checkpoints(const std::filesystem::path& folder, const Retention& retention);

}  // namespace ae
