#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "data/splits.h"

namespace ae {

/// Rows that are equal bit for bit.
struct EqualRows {
  struct Shared {
    std::string split;  ///< "validation" or "test"
    int64_t rows = 0;   ///< that equal a training row
    int64_t of = 0;     ///< rows of the split
  };
  int64_t repeated = 0;  ///< training rows that equal an earlier one
  std::vector<Shared> shared;
};

/// Compares the rows of the splits, as the model takes them.
EqualRows find_equal_rows(const Splits& splits);

/// Columns that are equal in all training rows, by name, in groups of two and more; constant ones
/// are left out.
std::vector<std::vector<std::string>> equal_columns(const std::vector<ColumnSummary>& columns);

/// Labels and their numbers of rows, the most frequent first; none if there are no labels.
std::vector<std::pair<std::string, int64_t>> label_counts(const Labels& labels,
                                                          std::span<const int64_t> rows);

}  // namespace ae
