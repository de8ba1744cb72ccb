#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "io/formats/safetensors.h"

namespace ae {

/// What a safetensors header says of one tensor.
struct DeclaredTensor {
  std::string name;
  SafetensorsType type = SafetensorsType::f32;
  std::vector<int64_t> shape;
  uint64_t begin = 0;  ///< bytes from the start of the data
  uint64_t end = 0;
};

struct SafetensorsHeader {
  std::map<std::string, std::string> metadata;
  std::vector<DeclaredTensor> tensors;  ///< in the header's order
};

/// Parses the header's JSON, which may hold nothing but what the format defines. That shapes,
/// offsets and data agree is left to the caller.
/// @throws Error(data)
SafetensorsHeader parse_safetensors_header(std::string_view json,
                                           const std::filesystem::path& path);

}  // namespace ae
