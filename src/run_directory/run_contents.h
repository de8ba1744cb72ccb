#pragma once

#include <filesystem>

namespace ae {

/// Refuses a run in which a link or a mounted disk takes the place of one of its folders, through
/// which foreign files would be written or removed, a folder takes the place of a file, or another
/// entry that of a checkpoint.
/// @param root  the run directory
/// @param name  the run's name in error messages
/// @throws Error(data)
void check_run_entries(const std::filesystem::path& root, const std::filesystem::path& name);

/// Refuses to replace a run with a folder whose entries this user may not remove.
/// @throws Error(data)
void check_replaceable(const std::filesystem::path& root);

/// Removes the files that ae-train made from a former run directory, or from a folder in one. Other
/// files are never removed: they are moved to the same path in `successor`, or stay if that fails.
/// Errors are skipped; the next process that opens the run tries again.
/// @param folder     emptied, and removed if nothing is left in it
/// @param inside     path of `folder` within its run: "" for the run itself, "checkpoints/step_5"
/// @param successor  folder that replaces `folder`; created if needed
void discard_run_files(const std::filesystem::path& folder, const std::filesystem::path& inside,
                       const std::filesystem::path& successor) noexcept;

}  // namespace ae
