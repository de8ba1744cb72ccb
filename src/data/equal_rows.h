#pragma once

#include <cstdint>
#include <string>
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
EqualRows equal_rows(const Splits& splits);

/// Rows of each label, the most frequent first: "0 (178), 1 (182), …"; empty without labels.
std::string label_counts(const RowSet& set);

}  // namespace ae
