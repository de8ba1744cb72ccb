#include "files/tensor_type.h"

#include <algorithm>
#include <array>

#include "core/error.h"

namespace ae {
namespace {

struct Entry {
  TensorType type;
  std::string_view name;
  size_t bytes;
};

constexpr std::array<Entry, 13> kTypes = {{{TensorType::f64, "F64", 8},
                                           {TensorType::f32, "F32", 4},
                                           {TensorType::f16, "F16", 2},
                                           {TensorType::bf16, "BF16", 2},
                                           {TensorType::i64, "I64", 8},
                                           {TensorType::i32, "I32", 4},
                                           {TensorType::i16, "I16", 2},
                                           {TensorType::i8, "I8", 1},
                                           {TensorType::u64, "U64", 8},
                                           {TensorType::u32, "U32", 4},
                                           {TensorType::u16, "U16", 2},
                                           {TensorType::u8, "U8", 1},
                                           {TensorType::boolean, "BOOL", 1}}};

const Entry& entry_of(TensorType type) {
  const auto* found =
      std::find_if(kTypes.begin(), kTypes.end(), [&](const Entry& e) { return e.type == type; });
  if (found == kTypes.end()) throw internal_error("tensor type {}", static_cast<int>(type));
  return *found;
}

}  // namespace

std::string_view tensor_type_name(TensorType type) { return entry_of(type).name; }

size_t tensor_type_bytes(TensorType type) { return entry_of(type).bytes; }

std::optional<TensorType> tensor_type(std::string_view name) {
  const auto* found =
      std::find_if(kTypes.begin(), kTypes.end(), [&](const Entry& e) { return e.name == name; });
  if (found == kTypes.end()) return std::nullopt;
  return found->type;
}

std::string tensor_type_names() {
  std::string names;
  for (const Entry& entry : kTypes) {
    if (!names.empty()) names += ", ";
    names += entry.name;
  }
  return names;
}

}  // namespace ae
