#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "evaluation/reconstructed_data.h"

namespace ae {

/// Size and error of several images as JPEG, summed.
struct JpegTotals {
  double bits = 0;           ///< jpeg_data_bits()
  double squared_error = 0;  ///< of the scaled values
};

/// @param images   [n, C · H · W] float32 on the CPU, finite
/// @param shape    {C, H, W} with 1 or 3 channels
/// @param range    of the values, which become bytes; those outside are clipped
/// @param quality  in [1, 90]
JpegTotals jpeg_totals(const at::Tensor& images, const std::vector<int64_t>& shape,
                       const DataRange& range, int quality, int threads = 1);

}  // namespace ae
