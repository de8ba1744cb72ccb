#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "io/formats/safetensors_type.h"

namespace ae {

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
