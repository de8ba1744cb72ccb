#pragma once

#include <filesystem>
#include <string>

#include "config/json.h"

namespace ae {

/// Content of a run or a checkpoint: config, preprocessing, manifest, last metrics, and names and
/// shapes of tensors. Verifies the checkpoint's checksums; loads no weights and builds no model.
/// @param path  a run directory, a checkpoint in one, or a .safetensors file
/// @throws Error(data) if there is nothing to inspect, or if it is damaged
Json inspect(const std::filesystem::path& path);

/// The result of inspect() as text.
std::string inspection_text(const Json& inspection);

}  // namespace ae
