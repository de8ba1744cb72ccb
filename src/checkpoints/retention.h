#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace ae {

/// Which checkpoints stay.
struct Retention {
  int64_t last = 1;           ///< so many of the last; the best stays beside them
  int64_t every_updates = 0;  ///< those at multiples of it stay for good; 0 for none
};

/// "step_500", a checkpoint's folder in checkpoints/.
std::string checkpoint_name(int64_t step);

/// Puts links in the place of folders called `last` and `best`, which a copy of a run that followed
/// links has. @throws Error(data)
void restore_links(const std::filesystem::path& folder);

/// Removes what need not stay of the checkpoints in a folder, and what a killed process was
/// writing there. Nothing is removed that `last` or `best` names, and no file of another's making.
/// @throws Error(data) where the folder cannot be read
void remove_old_checkpoints(const std::filesystem::path& folder, const Retention& retention);

}  // namespace ae
