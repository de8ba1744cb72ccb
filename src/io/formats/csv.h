#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "io/atomic_file.h"
#include "io/formats/format.h"

namespace ae {

/// Text tables in the dialects of CsvDialect, with or without a header line, quoted as in RFC 4180.
/// Without a header, columns are named by their number, from "1".
extern const Format kCsvFormat;

/// Texts of some columns, one list a column, with a text for each row.
using TextColumns = std::vector<std::vector<std::string>>;

/// Writes rows as text that reads back bit-identical. The file appears under its final
/// name at commit().
class CsvWriter {
 public:
  /// @param columns  header: one name per element of a row
  CsvWriter(const std::filesystem::path& path, const std::vector<std::string>& columns);

  /// Appends rows.
  /// @param rows   [n, columns without the texts']
  /// @param texts  columns that precede the numbers
  void write(const float* rows, int64_t n, const TextColumns& texts = {});
  void write(const double* rows, int64_t n, const TextColumns& texts = {});
  /// Appends a row of texts, quoted where they need it. @param fields  one per column
  void write(std::span<const std::string> fields);
  void commit();

 private:
  template <class T>
  void write_rows(const T* rows, int64_t n, const TextColumns& texts);

  AtomicFile file_;
  size_t width_;
};

}  // namespace ae
