#pragma once

#include <filesystem>
#include <vector>

namespace ae {

/// Removes temporary folders beside a run directory that killed processes left: unfinished and
/// replaced versions of the run. Files in them that ae-train did not write are moved to the run.
/// Folders that hold no run, or that another process has locked, are kept.
/// @param run  the run directory
/// @return  folders that are not in use, but cannot be removed
std::vector<std::filesystem::path> remove_leftovers(const std::filesystem::path& run);

}  // namespace ae
