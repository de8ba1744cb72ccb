#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "files/safetensors.h"

namespace ae {

using NamedTensors = std::vector<std::pair<std::string, at::Tensor>>;

/// Writes tensors of any device as safetensors.
void write_tensors(const std::filesystem::path& path, const NamedTensors& tensors,
                   const std::map<std::string, std::string>& metadata);

/// Copies a file's tensors into tensors of the same names and shapes: all of them or none.
/// @throws Error(data) listing every tensor that is missing, not expected, or of another shape
void read_tensors_into(const SafetensorsFile& file, const std::filesystem::path& path,
                       const NamedTensors& destinations);

}  // namespace ae
