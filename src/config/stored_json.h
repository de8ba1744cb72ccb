#pragma once

#include <filesystem>
#include <string_view>

#include "config/json.h"

namespace ae {

/// Maximum size of a stored JSON file: more than any run's manifest.
inline constexpr size_t kMaxStoredBytes = size_t{64} << 20;

/// parse_json() for JSON that a program wrote and that may have been changed since.
/// @throws Error(data) instead of Error(usage)
Json parse_stored_json(std::string_view text, std::string_view source);

/// Reads and parses a stored JSON file. @throws Error(data) also if it is missing, not readable,
/// not a regular file, or larger than kMaxStoredBytes
Json read_stored_json(const std::filesystem::path& path);

}  // namespace ae
