#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "io/formats/safetensors_type.h"

namespace ae {

using NamedTensors = std::vector<std::pair<std::string, at::Tensor>>;

/// Writes tensors as a safetensors file. They may be on any device.
void write_tensors(const std::filesystem::path& path, const NamedTensors& tensors,
                   const std::map<std::string, std::string>& metadata);

/// Copies a file's tensors into tensors of the same names, shapes and types: all of them or none.
/// The header is checked before the values are read.
/// @throws Error(data) listing the tensors that are missing, not expected, or of another shape
void read_tensors_into(const std::filesystem::path& path, const NamedTensors& destinations);

/// @param path  the tensors' file, for the message
/// @throws Error(data) if a value is NaN or infinite
void check_finite(const std::filesystem::path& path, const NamedTensors& tensors);

/// Refuses a file that is far larger than the expected tensors, without reading it.
/// @throws Error(data)
void check_file_size(const std::filesystem::path& path, const NamedTensors& expected);

}  // namespace ae
