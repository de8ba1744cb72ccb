#pragma once

#include <string>
#include <vector>

#include "data/splits.h"
#include "training/experiment.h"

namespace ae {

/// Properties of the experiment for column_warnings().
struct ColumnCheckOptions {
  /// The loss adds up errors in the data's units, in which the widest column counts most.
  bool sums_squared_units = true;
  std::string centring;  ///< centring_remedy() of the experiment
};

/// Options that remove the data's mean from what the model must learn, and that the experiment
/// neither has nor excludes: "model.output_bias_from_data = true"; empty if there are none.
std::string centring_remedy(const Experiment& experiment);

/// Warnings about columns that are probably not what the user means, one line each, with the
/// columns and the remedy: spreads that differ under one scale, means far from 0 against the
/// spread, constant columns, columns that count up or look like a time, and values of which float32
/// keeps too little. Looks at a sample of the training rows of tables, and of arrays of floats with
/// one axis. Deterministic.
std::vector<std::string> column_warnings(const Splits& splits, const ColumnCheckOptions& options);

}  // namespace ae
