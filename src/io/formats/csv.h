#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "io/atomic_file.h"
#include "io/formats/format.h"

namespace ae {

/// Text tables: comma, semicolon or tab between fields, a header line or not, quotes as in RFC
/// 4180. Without a header, columns are called by their number, "1" for the first.
extern const Format kCsvFormat;

/// Writes rows of float32 as text that reads back to the same bits. Nothing appears under the
/// final name before commit().
class CsvWriter {
 public:
  /// @param columns  the header; one name per element of a row.
  CsvWriter(const std::filesystem::path& path, const std::vector<std::string>& columns);

  /// Appends n rows [n, columns].
  void write(const float* rows, int64_t n);
  void commit();

 private:
  AtomicFile file_;
  size_t width_;
};

}  // namespace ae
