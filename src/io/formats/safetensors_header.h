#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "io/formats/safetensors_type.h"

namespace ae {

/// Entry of a tensor in a safetensors header.
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

/// Parses the JSON of the header; anything that the format does not define is refused. The caller
/// checks that shapes, offsets and data agree.
/// @throws Error(data)
SafetensorsHeader parse_safetensors_header(std::string_view json,
                                           const std::filesystem::path& path);

}  // namespace ae
