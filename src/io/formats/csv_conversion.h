#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "io/formats/csv_cells.h"

namespace ae {

/// Converts the data cells of many rows of a text table, on several threads.
class CsvConversion {
 public:
  /// @param columns  indices of the data columns among a row's fields, in the order of delivery
  /// @param table    the data columns
  CsvConversion(CsvCells& cells, std::vector<size_t> columns, const std::vector<TableColumn>& table,
                int threads);

  /// A cell that cannot be converted.
  struct Failure {
    size_t row = 0;     // of the rows given
    size_t column = 0;  // of the data columns
    CsvCells::Problem problem = CsvCells::Problem::none;

    friend auto operator<=>(const Failure&, const Failure&) = default;
  };

  /// @param fields  those of all rows, row by row
  /// @param width   fields of a row
  /// @param out     [rows, data columns]
  /// @return the first cell that cannot be converted, row by row
  template <class T>
  std::optional<Failure> convert(std::span<const std::string_view> fields, size_t width, T* out);

 private:
  /// Data columns whose cells do not depend on each other, or one whose cells do.
  struct Group {
    std::vector<size_t> columns;
    bool by_rows = true;  // rows may be converted in any order
  };

  CsvCells& cells_;
  std::vector<size_t> columns_;
  std::vector<Group> groups_;
  int threads_;
};

}  // namespace ae
