#pragma once

#include <filesystem>
#include <vector>

namespace ae {

/// Kind of thing that a path names. Absent only where the system says that there is no such entry:
/// a disk that does not answer or a folder that may not be read is an error, never "absent".
enum class PathKind { absent, file, folder, link, other };

/// Kind of what the path leads to, links followed; a link that leads nowhere is absent.
/// @throws Error(data) where the system does not tell
PathKind path_kind(const std::filesystem::path& path);

/// Kind of the entry itself: a link is a link.
/// @throws Error(data) where the system does not tell
PathKind entry_kind(const std::filesystem::path& path);

/// Target of a symbolic link as written; empty where the entry is absent or no link.
/// @throws Error(data) where the system does not tell
std::filesystem::path link_target(const std::filesystem::path& path);

/// Paths of a folder's entries, sorted by name; none where the folder is absent.
/// @throws Error(data) where it cannot be read
std::vector<std::filesystem::path> folder_entries(const std::filesystem::path& folder);

/// Makes a folder and those above it that are absent. @throws Error(data)
void make_folders(const std::filesystem::path& folder);

/// True where both paths lead, links followed, to the same place, also one that does not exist yet.
bool same_place(const std::filesystem::path& a, const std::filesystem::path& b);

}  // namespace ae
