#pragma once

#include <cstdint>
#include <filesystem>

namespace ae {

/// Checks that a file system has room for `bytes` more, if it reports its sizes.
/// @param folder  a folder on that file system
/// @throws Error(data) if fewer bytes are free
void check_free_space(const std::filesystem::path& folder, uint64_t bytes);

}  // namespace ae
