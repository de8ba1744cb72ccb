#pragma once

#include <filesystem>
#include <string_view>

#include "config/json.h"

namespace ae {

/// JSON that a program wrote and that may have passed through other hands: as parse_json(), but
/// what is wrong with it is Error(data).
Json parse_stored_json(std::string_view text, std::string_view source);

/// The same from a file. Memory taken is bounded by kMostStoredBytes.
/// @throws Error(data) also where it is missing, not readable, or longer
Json read_stored_json(const std::filesystem::path& path);

/// More than a run's manifest could have.
inline constexpr size_t kMostStoredBytes = size_t{64} << 20;

}  // namespace ae
