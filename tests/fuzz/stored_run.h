#pragma once

#include <filesystem>
#include <string>

#include "config/json.h"

namespace ae {

/// A safetensors file in parts that can be edited into what no writer would write.
struct TensorFile {
  Json table;     ///< by name: dtype, shape, data_offsets
  Json metadata;  ///< null for none
  std::string data;

  bool operator==(const TensorFile&) const = default;

  static TensorFile read(const std::filesystem::path& path);
  void write(const std::filesystem::path& path) const;

  /// Makes each tensor as large as its type and shape say, cut or filled up with zeros, and lays
  /// them one after the other. What is absurdly large or no tensor is left as it is.
  void lay_anew();
};

/// Bytes of a tensor's element; 0 for a type that is none.
size_t dtype_bytes(const Json& tensor);

/// Where a tensor of a table lies in the file's data. {0, 0} for what lies nowhere there.
struct ByteRange {
  size_t begin = 0;
  size_t size = 0;
};
ByteRange range_in(const Json& tensor, const std::string& data);

/// What the files of a run with one checkpoint say.
struct StoredRun {
  Json state;
  TensorFile model;
  TensorFile optimizer;  ///< state.safetensors
  Json config;
  Json manifest;
  Json metrics;  ///< a list of the lines

  /// @param step  the checkpoint's name
  static StoredRun read(const std::filesystem::path& run, const std::string& step);
  /// Puts what differs into a copy of the run that the original was read from.
  /// @param seal  with the checksums of what is written, as far as the state still has them
  void write(const std::filesystem::path& run, const std::string& step, const StoredRun& original,
             bool seal) const;
};

}  // namespace ae
