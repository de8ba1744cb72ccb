#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "data/dataset.h"

namespace ae {

/// Statistics of a data column, in the file's units.
struct ColumnSummary {
  std::string name;  ///< without a header its number
  ColumnType type = ColumnType::numeric;
  std::vector<int64_t> frequencies = {};  ///< of categories, and of false and true
  int64_t values = 0;                     ///< gaps left out
  int64_t gaps = 0;
  double mean = 0;
  double spread = 0;  ///< standard deviation
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();
  /// A value such as -9999 that stands alone and repeatedly far from all others, which may mean a
  /// missing value; 0 for none.
  double sentinel = 0;
  int64_t sentinels = 0;  ///< how often
  uint64_t hash = 0;      ///< of the values in order
  bool whole = true;      ///< integers only
  bool rises = true;      ///< never below the row before
  bool counts = true;     ///< the row's number in the file, from any beginning

  bool is_constant() const { return low == high; }
};

/// Summaries of the data columns, from the given rows of a table, or from the first of them for an
/// array; empty for bytes, images, signals, and rows of more than 4,096 values.
/// @param data    as it was read
/// @param offset  that was subtracted when it was read
std::vector<ColumnSummary> summarize_columns(const Dataset& data, std::span<const int64_t> rows,
                                             double offset);

}  // namespace ae
