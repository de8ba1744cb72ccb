#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "models/input_info.h"
#include "models/options.h"

namespace ae {

/// A loss, and the numeric features that it is of, ascending.
struct ColumnLoss {
  std::shared_ptr<const ReconstructionSpec> spec;
  std::string type;
  std::vector<int64_t> features;
};

/// Losses of the numeric features: of those that `by_column` does not name, unless there are none,
/// then of those of each of its entries.
/// @throws Error(usage) if an entry names no numeric column, or one that another entry names
std::vector<ColumnLoss> column_losses(const ReconstructionPart& part, const InputInfo& output);

/// True for a loss of counts, whose columns enter the encoder as ln(1 + x) where others do not.
bool is_of_counts(const ColumnLoss& loss);

}  // namespace ae
