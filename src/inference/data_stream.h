#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>

#include "data/preprocessing.h"
#include "io/formats/rows.h"

namespace ae {

/// Rows as they lie in a file.
struct RawRows {
  std::unique_ptr<std::byte[]> bytes;
  int64_t count;
};

/// Rows of any file that the reader understands, as a trained model takes them, in the file's
/// order and in bounded memory. Columns of a table are matched by name.
class DataStream {
 public:
  /// @throws Error(data) where the file cannot be read or its rows do not fit the model
  DataStream(const std::filesystem::path& path, const Preprocessing& preprocessing);

  /// The next rows, scaled: [n, D] float32 on the CPU, n at most `rows`; nothing at the end.
  std::optional<at::Tensor> next(int64_t rows);
  /// The same in two parts, the second of which threads may do at the same time.
  std::optional<RawRows> read(int64_t rows);
  at::Tensor scaled(const RawRows& rows) const;
  /// How many there are, where the file says so.
  std::optional<int64_t> count() const { return reader_->info().count; }

 private:
  std::unique_ptr<RowReader> reader_;
  Scaling scaling_;
};

/// Rows to take at a time where one becomes so many values at the widest place: about 16 MB of
/// float32 there, at most 4,096 rows.
int64_t stream_rows(int64_t widest);

}  // namespace ae
