#pragma once

#include <filesystem>

namespace ae {

/// Refuses a run in which something else has a name of ae-train's own: a link or a mounted disk in
/// the place of a folder, through which other files would be written or removed, or a folder in the
/// place of a file.
/// @param root  of the run
/// @param name  of the run, for the message
/// @throws Error(data)
void check_run_entries(const std::filesystem::path& root, const std::filesystem::path& name);

/// Removes from a folder that was a run, or one of a run's folders, what ae-train made. Any other
/// file is its owner's and never removed: it is moved to its place in `successor`, and stays where
/// it is if that cannot be. Removing goes on past errors; what is left hidden is tried again by the
/// next process that opens the run.
/// @param folder     to be emptied, and removed if nothing stays
/// @param inside     place of `folder` in its run: "" for the run itself, "checkpoints/step_5"
/// @param successor  the folder that has that place now, or is made where it is needed
void discard_run_files(const std::filesystem::path& folder, const std::filesystem::path& inside,
                       const std::filesystem::path& successor) noexcept;

}  // namespace ae
