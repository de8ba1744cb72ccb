#include "report/sprites.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/adaptive_avg_pool2d.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>

#include "io/formats/png.h"
#include "report/picture.h"

namespace ae {
namespace {

constexpr int64_t kLeastSide = 20;  // pixels, at which digits can still be read

at::Tensor shrunk(const at::Tensor& images, int64_t side) {
  const int64_t height = images.size(2);
  const int64_t width = images.size(3);
  const int64_t longer = std::max(height, width);
  if (longer <= side) return images;
  return at::adaptive_avg_pool2d(images, {std::max<int64_t>(1, height * side / longer),
                                          std::max<int64_t>(1, width * side / longer)});
}

/// @param bytes  [N, C, h, w] uint8
SpriteSheet encoded_sheet(const at::Tensor& bytes) {
  SpriteSheet sheet{.png = {},
                    .tile_width = bytes.size(3),
                    .tile_height = bytes.size(2),
                    .columns = square_columns(bytes.size(0)),
                    .count = bytes.size(0)};
  const int64_t lines = (sheet.count + sheet.columns - 1) / sheet.columns;
  const at::Tensor empty =
      at::zeros({lines * sheet.columns - sheet.count, bytes.size(1), bytes.size(2), bytes.size(3)},
                at::kByte);
  const at::Tensor pixels =
      at::cat({bytes, empty})
          .view({lines, sheet.columns, bytes.size(1), bytes.size(2), bytes.size(3)})
          .permute({0, 3, 1, 4, 2})  // line, y, column, x, channel
          .contiguous();
  sheet.png =
      encoded_png(static_cast<int>(sheet.columns * sheet.tile_width),
                  static_cast<int>(lines * sheet.tile_height), static_cast<int>(bytes.size(1)),
                  std::span(pixels.const_data_ptr<uint8_t>(), static_cast<size_t>(pixels.numel())));
  return sheet;
}

}  // namespace

at::Tensor small_images(const at::Tensor& rows, const std::vector<int64_t>& shape, int64_t side) {
  return shrunk(rows.to(at::kFloat).reshape({rows.size(0), shape[0], shape[1], shape[2]}), side);
}

SpriteSheet sprite_sheet(const at::Tensor& images, size_t most_bytes) {
  const auto [low, high] = drawn_range(images);
  const double width = high > low ? high - low : 1;
  const double black = low;
  const auto as_bytes = [&](const at::Tensor& some) {
    return some.nan_to_num(black).sub(black).mul(255 / width).clamp(0, 255).round().to(at::kByte);
  };
  at::Tensor some = images;
  for (;;) {
    SpriteSheet sheet = encoded_sheet(as_bytes(some));
    if (sheet.png.size() <= most_bytes || sheet.count == 1) return sheet;
    const double share =
        0.95 * static_cast<double>(most_bytes) / static_cast<double>(sheet.png.size());
    const int64_t longer = std::max(sheet.tile_width, sheet.tile_height);
    if (longer > kLeastSide) {
      const auto fitting = static_cast<int64_t>(std::sqrt(share) * static_cast<double>(longer));
      some = shrunk(some, std::max(kLeastSide, fitting));
    } else {
      const auto fitting = static_cast<int64_t>(share * static_cast<double>(sheet.count));
      some = some.narrow(0, 0, std::max<int64_t>(1, fitting));
    }
  }
}

}  // namespace ae
