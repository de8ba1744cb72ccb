#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <utility>
#include <vector>

namespace ae {

/// Rows drawn side by side. Images are drawn as they are, anything else as a line over its index,
/// one line for each channel.
class Picture {
 public:
  /// @param shape  of one row: {C, H, W} with 1 or 3 channels is an image
  /// @param low, high  values that are drawn black and white, or at the bottom and the top
  Picture(std::vector<int64_t> shape, double low, double high);

  /// True where rows of this shape can be drawn: an image, or a line of at least 2 values.
  static bool can_draw(const std::vector<int64_t>& shape);

  /// Rows of this shape that a picture can hold in some 100 MB of memory, at least 1.
  static int64_t max_rows(const std::vector<int64_t>& shape);

  /// Tiles of one width, `columns` to a line.
  /// @param rows  [N, D] on the CPU
  void write(const std::filesystem::path& path, const at::Tensor& rows, int64_t columns) const;

 private:
  struct Canvas;
  bool is_image() const;
  void draw_image(const float* row, Canvas& canvas, int64_t left, int64_t top) const;
  void draw_lines(const float* row, Canvas& canvas, int64_t left, int64_t top) const;
  uint8_t level(float value) const;

  std::vector<int64_t> shape_;
  double low_;
  double high_;
  int64_t zoom_ = 1;
  int64_t width_;   // of a tile, in pixels
  int64_t height_;  // of a tile, in pixels
};

/// The values to draw rows between: 0 and 1 where all lie there, else the least and the greatest
/// that are finite.
std::pair<double, double> drawn_range(const at::Tensor& rows);

/// The columns of a grid of n tiles that is about square.
int64_t square_columns(int64_t n);

}  // namespace ae
