#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ae {

/// Element types of the safetensors format.
enum class SafetensorsType { f64, f32, f16, bf16, i64, i32, i16, i8, u64, u32, u16, u8, boolean };

/// "F32", as the format spells it.
std::string_view safetensors_type_name(SafetensorsType type);
size_t safetensors_type_bytes(SafetensorsType type);

/// Parses a type name such as "F32"; nullopt for another text.
std::optional<SafetensorsType> safetensors_type(std::string_view name);
/// "F64, F32, …", for messages.
std::string safetensors_type_names();

/// A tensor of a safetensors file.
struct TensorEntry {
  std::string name;
  SafetensorsType type = SafetensorsType::f32;
  std::vector<int64_t> shape;        ///< {} for a scalar; zeros allowed
  std::span<const std::byte> bytes;  ///< C order, little-endian; not owned
};

}  // namespace ae
