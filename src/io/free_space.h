#pragma once

#include <cstdint>
#include <filesystem>

namespace ae {

/// Says beforehand that something will not fit, where the system can tell.
/// @param folder  where it will be written
/// @throws Error(data) where fewer bytes are free
void check_free_space(const std::filesystem::path& folder, uint64_t bytes);

}  // namespace ae
