#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "io/formats/csv_columns.h"
#include "io/formats/rows.h"

namespace ae {

/// Texts of a table that stand for a missing value.
class MissingTexts {
 public:
  /// @param texts  empty for the usual ones: "", "NA", "N/A", "NaN", "NULL", "None", "?", "-", …
  explicit MissingTexts(const std::vector<std::string>& texts);

  /// True for a cell that is one of the texts.
  bool contains(std::string_view cell) const;
  /// True for the number of a text such as "-9999".
  bool contains(double value) const;

 private:
  std::unordered_set<std::string> texts_;  // empty for the usual ones
  std::vector<double> numbers_;
};

/// Types of the data columns: as they are known or declared, else from their cells.
/// @param sample  first records below the header
/// @param decimal  the table's decimal mark
/// @throws Error(data) for a column that is neither numbers, booleans nor categories: dates, a few
///         texts among numbers; or if a declared type names no column
std::vector<TableColumn> table_columns(const std::filesystem::path& path, const CsvColumns& columns,
                                       std::span<const CsvRecord> sample,
                                       const TableRequest& request, char decimal);

}  // namespace ae
