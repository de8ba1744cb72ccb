#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

namespace ae {

/// Pixels of a thumbnail's longer side.
inline constexpr int64_t kThumbnailSide = 112;

/// Rows in a size that suits a page: of images small_images(), others as they are.
struct Thumbnails {
  at::Tensor rows;             ///< [n, D'] float32, on the CPU
  std::vector<int64_t> shape;  ///< of a row
};

Thumbnails thumbnails(const at::Tensor& rows, const std::vector<int64_t>& shape, int64_t side);

/// PNG file of lines of rows as thumbnails, drawn between the values of the first
/// line; empty if rows of this shape cannot be drawn.
/// @param lines  [n, D] each, equally many rows
std::string picture_of_lines(const std::vector<at::Tensor>& lines,
                             const std::vector<int64_t>& shape);

/// Number of rows of this shape that a line of a page's picture shows: 12 images, fewer signals.
int64_t rows_in_line(const std::vector<int64_t>& shape);

}  // namespace ae
