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

/// Writes tensors in the given order. Equal arguments give equal bytes. Nothing appears under the
/// final name before it is complete.
/// @throws Error(data) where it cannot be written; Error(internal) for doubled names or a number
///         of bytes that is not the shape's.
/// Source: github.com/huggingface/safetensors, "Format".
void write_safetensors(const std::filesystem::path& path, std::span<const TensorEntry> tensors,
                       const std::map<std::string, std::string>& metadata);

/// A safetensors file, checked in full: the header's length and JSON, names, types, shapes, and
/// that the tensors tile the data without overlap or gap up to the file's last byte. Memory taken
/// is bounded by the file's size.
class SafetensorsFile {
 public:
  /// Reads everything. @throws Error(data) for whatever is wrong with the file.
  static SafetensorsFile read(const std::filesystem::path& path);
  /// Reads and checks the header alone; every entry's `bytes` is empty.
  static SafetensorsFile read_header(const std::filesystem::path& path);

  const std::map<std::string, std::string>& metadata() const { return metadata_; }
  /// In the order of their data. The bytes live as long as this object (moves included) and are
  /// not aligned for their type: copy them out.
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
