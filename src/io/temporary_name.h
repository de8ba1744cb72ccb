#pragma once

#include <cstdint>
#include <filesystem>

namespace ae {

/// 64 random bits of the system: for names that nobody can guess, never for results.
uint64_t system_random_bits();

/// A hidden name beside `path` that nobody can guess: ".NAME.<16 hexadecimal digits>.tmp".
std::filesystem::path temporary_name(const std::filesystem::path& path);

/// Whether a file name has the form that temporary_name() gives: left behind by a killed process.
bool is_temporary_name(const std::filesystem::path& name);

/// Makes what was renamed or removed in the folder of `path` last through a power failure.
/// @throws Error(data)
void flush_folder(const std::filesystem::path& path);

}  // namespace ae
