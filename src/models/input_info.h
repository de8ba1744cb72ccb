#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "core/sizes.h"

namespace ae {

/// What a model's parts are built for.
struct InputInfo {
  std::vector<int64_t> shape;  ///< of one row: {D}, {C, L} or {C, H, W}
  int64_t classes = 0;         ///< that the labels of a conditional model tell apart; 0 without
  at::Tensor mean;             ///< [D] of the scaled training rows; undefined where not known

  /// Values of one row.
  int64_t width() const { return checked_element_count(shape); }
};

}  // namespace ae
