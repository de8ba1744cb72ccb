#pragma once

#include <filesystem>
#include <map>
#include <span>
#include <string>

#include "io/formats/safetensors_type.h"

namespace ae {

/// Writes tensors in the given order, atomically. Deterministic: equal arguments give equal bytes.
/// @throws Error(data) if it cannot be written; Error(internal) for duplicate names, or bytes that
///         do not match the shape
/// Source: github.com/huggingface/safetensors, "Format".
void write_safetensors(const std::filesystem::path& path, std::span<const TensorEntry> tensors,
                       const std::map<std::string, std::string>& metadata);

}  // namespace ae
