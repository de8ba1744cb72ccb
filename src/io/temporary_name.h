#pragma once

#include <cstdint>
#include <filesystem>

namespace ae {

/// 64 random bits from the operating system, for unpredictable names; never for results.
uint64_t system_random_bits();

/// A hidden, unpredictable name beside `path`: ".NAME.<16 hexadecimal digits>.tmp".
std::filesystem::path temporary_name(const std::filesystem::path& path);

/// True if a name has the form of temporary_name(), as left behind by a killed process.
bool is_temporary_name(const std::filesystem::path& name);

/// Flushes the folder that contains `path` to disk (fsync), so that renames and removals in it
/// survive a power failure.
/// @throws Error(data)
void flush_folder(const std::filesystem::path& path);

}  // namespace ae
