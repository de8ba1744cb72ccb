#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>

#include "data/preprocessing.h"
#include "io/formats/rows.h"

namespace ae {

/// Unscaled rows in the element type of their file.
struct RawRows {
  std::unique_ptr<std::byte[]> bytes;
  int64_t count;
};

/// Reads the rows of a data file for a trained model, in the file's order and in bounded memory.
/// Columns of a table are matched by name.
class DataStream {
 public:
  /// @throws Error(data) if the file cannot be read or its rows do not fit the model
  DataStream(const std::filesystem::path& path, const Preprocessing& preprocessing);

  /// Reads and scales the next rows: [n, D] float32 on the CPU, n at most `rows`; none at the end.
  std::optional<at::Tensor> next(int64_t rows);
  /// Reads the next rows, at most `rows`; none at the end. Not thread-safe.
  std::optional<RawRows> read(int64_t rows);
  /// Scales rows. Thread-safe. [n, D] float32 on the CPU
  at::Tensor scaled(const RawRows& rows) const;
  /// Number of rows, if the file states it.
  std::optional<int64_t> count() const { return reader_->info().count; }

 private:
  std::unique_ptr<RowReader> reader_;
  Scaling scaling_;
};

/// Number of rows to process at a time: 16 MB of float32 in the widest layer, at most 4,096 rows.
/// @param widest  values of one row in the widest layer
int64_t stream_rows(int64_t widest);

}  // namespace ae
