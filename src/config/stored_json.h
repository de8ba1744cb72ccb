#pragma once

#include <filesystem>
#include <string_view>

#include "config/json.h"

namespace ae {

/// Most bytes of a file of JSON that a program wrote: more than a run's manifest could have.
inline constexpr size_t kMaxStoredBytes = size_t{64} << 20;

/// JSON that a program wrote and that may have passed through other hands: as parse_json(), but
/// what is wrong with it is Error(data).
Json parse_stored_json(std::string_view text, std::string_view source);

/// The same from a file. @throws Error(data) also where it is missing, not readable, not a regular
/// file, or longer than kMaxStoredBytes
Json read_stored_json(const std::filesystem::path& path);

}  // namespace ae
