#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "data/dataset.h"
#include "data/options.h"

namespace ae {

/// Rows of the training file, by split, in the file's order.
struct RowNumbers {
  std::vector<int64_t> train;
  std::optional<std::vector<int64_t>> validation;
  std::optional<std::vector<int64_t>> test;
};

/// Divides the training file's rows by the data options: data.train.where, then data.split_column,
/// or the rows that data.validation and data.test hold out.
/// @throws Error(data) if a split would be empty, or its labels, groups or numbers do not fit
RowNumbers divide_rows(const Dataset& data, const DataOptions& options,
                       const DataLocations& locations);

}  // namespace ae
