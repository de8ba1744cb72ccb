#pragma once

#include <filesystem>
#include <string>

#include "config/json.h"

namespace ae {

/// What a run or a checkpoint holds, from its small files and the tensors' headers; a checkpoint's
/// checksum is verified, no weights are loaded and no model is built.
/// @param path  a run directory, a checkpoint in one, or a .safetensors file
/// @throws Error(data) where there is nothing to inspect, or it is damaged
Json inspect(const std::filesystem::path& path);

/// The same for a person.
std::string inspection_text(const Json& inspection);

}  // namespace ae
