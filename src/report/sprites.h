#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "report/page/figure.h"

namespace ae {

/// Images of at most `side` pixels in width and height, each pixel the mean of those that it
/// covers; smaller images as they are.
/// @param rows   [N, C * H * W] on the CPU
/// @param shape  {C, H, W} of a row
/// @return       [N, C, h, w] float32
at::Tensor small_images(const at::Tensor& rows, const std::vector<int64_t>& shape, int64_t side);

/// The first images as a sprite sheet: made smaller, down to 20 pixels, and then fewer, until the
/// PNG file has at most `most_bytes`. Values between the images' least and greatest, or 0 and 1 if
/// all are between these, are black to white; missing ones (NaN) are black.
/// @param images  [N, C, h, w], C 1 or 3, N ≥ 1
SpriteSheet sprite_sheet(const at::Tensor& images, size_t most_bytes);

}  // namespace ae
