#pragma once

#include <optional>
#include <string>
#include <vector>

#include "data/splits.h"

namespace ae {

/// Rows of a labelled set that are anomalies.
struct AnomalyLabels {
  std::vector<bool> rows;
  std::string name;  ///< "label 1", for messages
};

/// Rows with labels that no training row has; else, of labels 0 and 1, those with 1. None if these
/// are all of the rows or none.
std::optional<AnomalyLabels> anomaly_labels(const RowSet& set, const RowSet& train);

}  // namespace ae
