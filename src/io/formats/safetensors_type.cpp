#include "io/formats/safetensors_type.h"

#include <algorithm>
#include <array>

#include "core/error.h"

namespace ae {
namespace {

struct Entry {
  SafetensorsType type;
  std::string_view name;
  size_t bytes;
};

constexpr std::array<Entry, 13> kTypes = {{{SafetensorsType::f64, "F64", 8},
                                           {SafetensorsType::f32, "F32", 4},
                                           {SafetensorsType::f16, "F16", 2},
                                           {SafetensorsType::bf16, "BF16", 2},
                                           {SafetensorsType::i64, "I64", 8},
                                           {SafetensorsType::i32, "I32", 4},
                                           {SafetensorsType::i16, "I16", 2},
                                           {SafetensorsType::i8, "I8", 1},
                                           {SafetensorsType::u64, "U64", 8},
                                           {SafetensorsType::u32, "U32", 4},
                                           {SafetensorsType::u16, "U16", 2},
                                           {SafetensorsType::u8, "U8", 1},
                                           {SafetensorsType::boolean, "BOOL", 1}}};

const Entry& entry_of(SafetensorsType type) {
  const auto* found =
      std::find_if(kTypes.begin(), kTypes.end(), [&](const Entry& e) { return e.type == type; });
  if (found == kTypes.end()) throw internal_error("tensor type {}", static_cast<int>(type));
  return *found;
}

}  // namespace

std::string_view safetensors_type_name(SafetensorsType type) { return entry_of(type).name; }

size_t safetensors_type_bytes(SafetensorsType type) { return entry_of(type).bytes; }

std::optional<SafetensorsType> safetensors_type(std::string_view name) {
  const auto* found =
      std::find_if(kTypes.begin(), kTypes.end(), [&](const Entry& e) { return e.name == name; });
  if (found == kTypes.end()) return std::nullopt;
  return found->type;
}

std::string safetensors_type_names() {
  std::string names;
  for (const Entry& entry : kTypes) {
    if (!names.empty()) names += ", ";
    names += entry.name;
  }
  return names;
}

}  // namespace ae
