#pragma once

#include "evaluation/part.h"

namespace ae {

/// Least and largest scaled value.
struct DataRange {
  double low;
  double high;

  double width() const { return high - low; }
};

/// Range of the data that a model reconstructs: of bytes all values that they can have, else those
/// of the evaluated rows.
DataRange data_range(const EvaluatedRows& rows);

/// True if a model reconstructs images without missing values.
bool has_complete_images(const EvaluatedRows& rows);

}  // namespace ae
