#pragma once

#include <filesystem>
#include <vector>

namespace ae {

/// Kind of a file system entry. `absent` only if the system reports that there is no such entry
/// (ENOENT); I/O errors and missing permissions are errors.
enum class PathKind { absent, file, folder, link, other };

/// Kind of an entry, following links; a dangling link is absent.
/// @throws Error(data) if it cannot be determined
PathKind path_kind(const std::filesystem::path& path);

/// Kind of an entry, not following links.
/// @throws Error(data) if it cannot be determined
PathKind entry_kind(const std::filesystem::path& path);

/// Target of a symbolic link as stored; empty if the entry is absent or not a link.
/// @throws Error(data) if it cannot be read
std::filesystem::path link_target(const std::filesystem::path& path);

/// Paths of a folder's entries, sorted by name; none if the folder is absent.
/// @throws Error(data) if it cannot be read
std::vector<std::filesystem::path> folder_entries(const std::filesystem::path& folder);

/// Creates a folder and its missing parents. @throws Error(data)
void make_folders(const std::filesystem::path& folder);

/// Absolute path without links; what does not exist at its end is kept as it is named.
/// @throws Error(data) if a part cannot be accessed, which std::filesystem takes as absent
std::filesystem::path canonical_path(const std::filesystem::path& path);

/// True if both paths, following links, name the same location, which need not exist.
/// @throws Error(data) if they cannot be accessed
bool same_location(const std::filesystem::path& a, const std::filesystem::path& b);

}  // namespace ae
