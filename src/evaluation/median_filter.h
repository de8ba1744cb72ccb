#pragma once

#include <ATen/core/Tensor.h>

namespace ae {

/// Median of each pixel's 3×3 neighbourhood, channel by channel; the image is mirrored at its
/// edges, edge pixels repeated. As scipy.ndimage.median_filter(size=3) of each channel, bit by bit.
/// @param images  [N, C, H, W], finite
/// @return        [N, C, H, W]
at::Tensor median_filter(const at::Tensor& images);

}  // namespace ae
