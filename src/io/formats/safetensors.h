#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
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

struct TensorEntry {
  std::string name;
  SafetensorsType type = SafetensorsType::f32;
  std::vector<int64_t> shape;        ///< {} for a scalar; zeros allowed
  std::span<const std::byte> bytes;  ///< C order, little-endian; not owned
};

/// Writes tensors in the given order, atomically. Deterministic: equal arguments give equal bytes.
/// @throws Error(data) if it cannot be written; Error(internal) for duplicate names, or bytes that
///         do not match the shape
/// Source: github.com/huggingface/safetensors, "Format".
void write_safetensors(const std::filesystem::path& path, std::span<const TensorEntry> tensors,
                       const std::map<std::string, std::string>& metadata);

/// A validated safetensors file: the length and JSON of the header, names, types and shapes are
/// checked, and that the tensors cover the data without overlap or gap up to the last byte. Memory
/// is bounded by the file's size.
class SafetensorsFile {
 public:
  /// Reads header and tensors. @throws Error(data) if the file is invalid
  static SafetensorsFile read(const std::filesystem::path& path);
  /// Reads and checks only the header; `bytes` of every entry is empty.
  static SafetensorsFile read_header(const std::filesystem::path& path);

  const std::map<std::string, std::string>& metadata() const { return metadata_; }
  /// Tensors in the order of their data. The bytes are valid for the lifetime of this object (also
  /// after a move) and not aligned for their type: copy them.
  const std::vector<TensorEntry>& tensors() const { return tensors_; }
  /// The tensor of that name, or nullptr.
  const TensorEntry* find(std::string_view name) const;

 private:
  static SafetensorsFile load(const std::filesystem::path& path, bool with_data);

  std::map<std::string, std::string> metadata_;
  std::vector<TensorEntry> tensors_;
  std::map<std::string, size_t, std::less<>> index_;
  std::unique_ptr<std::byte[]> data_;
};

}  // namespace ae
