#pragma once

#include <filesystem>

namespace ae {

/// Removes what killed processes were making of this run, or replacing by it: folders beside it
/// with the names of its temporaries. Files in them that ae-train did not make are moved to the
/// run. Folders that were no run, or that another process is at, are left alone.
/// @param run  the run's directory
void remove_leftovers(const std::filesystem::path& run);

}  // namespace ae
