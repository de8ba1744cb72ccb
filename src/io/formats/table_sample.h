#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "io/formats/rows.h"

namespace ae {

/// A column of a text table as its first rows show it.
struct SampledColumn {
  std::string name;                ///< without a header its number, from "1"
  std::vector<std::string> cells;  ///< of the first rows
  ColumnType type = ColumnType::numeric;
  std::string fault;  ///< why the column is neither numbers, booleans nor categories; else empty
  size_t gaps = 0;    ///< missing values among the cells
};

/// The first rows of a text table, of columns that need not be usable as data.
struct TableSample {
  static constexpr size_t kMaxRows = 10'000;

  bool has_header = false;
  bool is_whole = false;  ///< the table has no more rows
  std::vector<SampledColumn> columns;
};

/// @return  none for an array, which has no columns
/// @throws Error(data) if the file cannot be read, or it cannot be told whether it has a header
std::optional<TableSample> sample_table(const std::filesystem::path& path);

}  // namespace ae
