#pragma once

#include <filesystem>
#include <string>

#include "config/json.h"

namespace ae {

/// A safetensors file in parts, which may be edited to be invalid.
struct TensorFile {
  Json table;     ///< by name: dtype, shape, data_offsets
  Json metadata;  ///< null for none
  std::string data;

  bool operator==(const TensorFile&) const = default;

  static TensorFile read(const std::filesystem::path& path);
  void write(const std::filesystem::path& path) const;

  /// Resizes the data of each tensor to its type and shape, truncating or padding with zeros, and
  /// updates the offsets. Entries that are too large or invalid are left unchanged.
  void repack();
};

/// Bytes per element of a tensor; 0 for an unknown type.
size_t dtype_bytes(const Json& tensor);

/// Range of a tensor in the file's data.
struct ByteRange {
  size_t begin = 0;
  size_t size = 0;
};
/// @return {0, 0} for invalid offsets
ByteRange range_in(const Json& tensor, const std::string& data);

/// Content of the files of a run with one checkpoint.
struct StoredRun {
  Json state;
  TensorFile model;
  TensorFile optimizer;  ///< state.safetensors
  Json config;
  Json manifest;
  Json metrics;  ///< array of the lines

  /// @param step  name of the checkpoint
  static StoredRun read(const std::filesystem::path& run, const std::string& step);
  /// Writes the files that differ from `original` to a copy of its run.
  /// @param seal  recompute the checksums that the state still has
  void write(const std::filesystem::path& run, const std::string& step, const StoredRun& original,
             bool seal) const;
};

}  // namespace ae
