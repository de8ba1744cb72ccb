#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "io/formats/csv_types.h"
#include "io/formats/rows.h"

namespace ae {

/// Converts the cells of a text table's data columns to numbers. Cells of different columns may be
/// converted at the same time, and those of a numeric column.
class CsvCells {
 public:
  /// @param table    columns in the order of a row's elements; must outlive this, and receives the
  ///                 categories that are met
  CsvCells(std::vector<TableColumn>& table, const RowRequest& request, const CsvDialect& dialect);

  enum class Problem { none, not_a_number, gap, unknown_category, too_many_categories };

  /// Number of a cell: the number, 0 or 1, or the category's index; NaN for a gap.
  /// @param column   index in the table
  /// @param problem  set if the cell cannot be converted
  double convert(size_t column, std::string_view cell, Problem& problem);

  /// Reason for a problem with a cell, with the remedy.
  std::string explain(size_t column, std::string_view cell, Problem problem) const;

  static constexpr size_t kMaxCategories = 1000;
  static constexpr size_t kMaxCategoryBytes = 1000;

 private:
  /// Finds a text without a copy of it.
  struct TextHash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  using Codes = std::unordered_map<std::string, size_t, TextHash, std::equal_to<>>;

  double number_of(size_t column, std::string_view cell, Problem& problem) const;
  double boolean_value(size_t column, std::string_view cell, Problem& problem);
  double category_of(size_t column, std::string_view cell, Problem& problem);
  double gap(Problem& problem) const;

  std::vector<TableColumn>& table_;
  CsvDialect dialect_;
  MissingTexts missing_;
  bool gaps_;
  bool known_;
  bool unknown_as_gap_;
  double offset_;
  std::vector<Codes> codes_;  // of categorical columns
};

}  // namespace ae
