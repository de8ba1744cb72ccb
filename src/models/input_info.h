#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "core/sizes.h"

namespace ae {

/// Shape of the input data, for building a model.
struct InputInfo {
  std::vector<int64_t> shape;  ///< shape of one row: {D}, {C, L} or {C, H, W}
  int64_t classes = 0;         ///< label classes of a conditional model; otherwise 0
  at::Tensor mean;             ///< [D] mean of the scaled training rows; undefined if unknown

  /// Number of values per row.
  int64_t width() const { return checked_element_count(shape); }
};

}  // namespace ae
