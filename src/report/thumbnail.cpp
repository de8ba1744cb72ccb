#include "report/thumbnail.h"

#include <ATen/ops/cat.h>

#include <algorithm>

#include "report/picture.h"
#include "report/sprites.h"

namespace ae {
namespace {

constexpr int64_t kImagesInLine = 12;
constexpr int64_t kSignalsInLine = 5;

}  // namespace

Thumbnails thumbnails(const at::Tensor& rows, const std::vector<int64_t>& shape, int64_t side) {
  const at::Tensor values = rows.to(at::kCPU, at::kFloat);
  if (!is_image(shape) || std::max(shape[1], shape[2]) <= side) return {values, shape};
  const at::Tensor images = small_images(values, shape, side);
  return {images.flatten(1), images.sizes().slice(1).vec()};
}

std::string picture_of_lines(const std::vector<at::Tensor>& lines,
                             const std::vector<int64_t>& shape) {
  if (lines.empty() || lines.front().size(0) == 0 || !Picture::can_draw(shape)) return {};
  std::vector<at::Tensor> tiles;
  std::vector<int64_t> tile;
  for (const at::Tensor& line : lines) {
    Thumbnails small = thumbnails(line, shape, kThumbnailSide);
    tiles.push_back(std::move(small.rows));
    tile = std::move(small.shape);
  }
  const auto [low, high] = drawn_range(tiles.front());
  return Picture(tile, low, high).png(at::cat(tiles), tiles.front().size(0));
}

int64_t rows_in_line(const std::vector<int64_t>& shape) {
  return is_image(shape) ? kImagesInLine : kSignalsInLine;
}

}  // namespace ae
