#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "io/atomic_file.h"
#include "io/byte_reader.h"
#include "io/formats/format.h"
#include "io/formats/rows.h"

namespace ae {

/// NumPy's array format, versions 1 to 3, of any real numeric type, byte order and memory order. A
/// row is one index of the first axis: a single number if there is one axis.
/// Source: numpy.lib.format.
extern const Format kNpyFormat;

enum class NpyType { float32, uint8, int64, float64 };

/// Writes rows to a .npy file, whose number of rows need not be known before commit(). The file
/// appears under its final name at commit().
class NpyWriter {
 public:
  /// @param row_shape  of one row; {} for an array of one axis
  /// @throws Error(data) if the file cannot be created
  NpyWriter(const std::filesystem::path& path, NpyType type, std::vector<int64_t> row_shape);

  /// Appends n contiguous rows of the writer's type.
  void write(const void* rows, int64_t n);
  /// Writes the header with the final shape, [N, row_shape…], and commits the file.
  void commit();

 private:
  AtomicFile file_;
  NpyType type_;
  std::vector<int64_t> row_shape_;
  size_t row_bytes_;
  int64_t rows_ = 0;
};

}  // namespace ae
