#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "io/formats/rows.h"

namespace ae {

/// A copy of one record of a CSV file.
struct CsvRecord {
  std::vector<std::string> fields;
  uint64_t line = 0;
};

/// Columns of a CSV file and their roles.
struct CsvColumns {
  bool has_header = false;
  std::vector<std::string> names;  ///< of all columns; "1", "2", … without a header
  std::vector<size_t> data;        ///< indices of the data columns, in the order of delivery
  std::optional<size_t> label;
  std::vector<size_t> texts;            ///< indices of RowRequest::texts
  std::vector<std::string> text_names;  ///< of texts, as requested, or of a pattern's columns

  /// Names of the data columns; empty without a header.
  std::vector<std::string> data_names() const;
};

/// Detects from the first two records (the second is optional) whether the first is a header, and
/// finds the requested columns.
///
/// The first record is data if all its fields are numbers, apart from columns requested by number
/// ("5") as label or excluded. It is a header if it contains a requested name, if one of its fields
/// is text where the second record has a number, or if it is 0, 1, 2, … as pandas writes for
/// unnamed columns. Records whose text and numbers are in the same columns are ambiguous.
/// @throws Error(data) if the header is ambiguous, for duplicate or missing names, or if there is
/// no
///         data column
CsvColumns csv_columns(const std::filesystem::path& path, const CsvRecord& first,
                       const std::optional<CsvRecord>& second, const RowRequest& request);

}  // namespace ae
