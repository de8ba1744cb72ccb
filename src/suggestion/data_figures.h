#pragma once

#include <cstdint>
#include <vector>

#include "data/splits.h"

namespace ae {

/// Figures of the training rows from which a config is suggested.
struct DataFigures {
  int64_t rows = 0;
  int64_t features = 0;   ///< of the model
  bool is_table = false;  ///< with named columns
  bool is_image = false;
  bool is_signal = false;
  double low = 0;  ///< of all values, scaled
  double high = 0;
  bool whole = true;  ///< integers only
  double binary = 0;  ///< share of values that are 0 or 1
  /// Shares of the variance that the principal components of standardised columns (of images and
  /// values in [0, 1]: as they are) explain together: of 1, of 2, …; empty for more than 2,048
  /// features.
  std::vector<double> explained = {};

  /// Least number of components that explain a share of the variance.
  int64_t components(double share) const;
  bool in_unit_interval() const { return low >= 0 && high <= 1; }
};

DataFigures figures_of(const Splits& splits);

}  // namespace ae
