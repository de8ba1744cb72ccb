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

/// NumPy's array format, versions 1 to 3, any numeric type, either byte and memory order. A row is
/// one index of the first axis; of a one-axis array, one number.
/// Source: numpy.lib.format.
extern const Format kNpyFormat;

enum class NpyType { float32, uint8, int64 };

/// Writes rows to a .npy file whose number of rows is known only at the end. Nothing appears under
/// the final name before commit().
class NpyWriter {
 public:
  /// @param row_shape  of one row; {} for an array of one axis.
  /// @throws Error(data) where the folder cannot be written to.
  NpyWriter(const std::filesystem::path& path, NpyType type, std::vector<int64_t> row_shape);

  /// Appends n rows, contiguous, of the writer's type.
  void write(const void* rows, int64_t n);
  /// Completes the file: [N, row_shape…].
  void commit();

 private:
  AtomicFile file_;
  NpyType type_;
  std::vector<int64_t> row_shape_;
  size_t row_bytes_;
  int64_t rows_ = 0;
};

}  // namespace ae
