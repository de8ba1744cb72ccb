#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace ae {

/// Returns true for the shape of an image: {C, H, W} with 1 or 3 channels.
bool is_image(const std::vector<int64_t>& shape);

/// A grid of rows. Images are shown as images, other rows as line plots, a line for each channel.
class Picture {
 public:
  /// @param shape      shape of a row: {C, H, W} with 1 or 3 channels is an image
  /// @param low, high  values drawn as black and white, or at the bottom and the top of a plot
  Picture(std::vector<int64_t> shape, double low, double high);

  /// Returns true if rows of this shape can be drawn: images, or lines of at least 2 values.
  static bool can_draw(const std::vector<int64_t>& shape);

  /// Maximum number of rows of this shape in a picture of at most 64 MB, at least 1.
  static int64_t max_rows(const std::vector<int64_t>& shape);

  /// Bytes of a PNG file.
  /// @param rows     [N, D] on the CPU
  /// @param columns  tiles in a line of the grid
  std::string png(const at::Tensor& rows, int64_t columns) const;
  /// Writes a PNG file.
  void write(const std::filesystem::path& path, const at::Tensor& rows, int64_t columns) const;

 private:
  struct Canvas;
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

/// Range of values to draw rows in: [0, 1] if it holds all of them, else the minimum and maximum of
/// the finite values.
std::pair<double, double> drawn_range(const at::Tensor& rows);

/// Number of columns of an approximately square grid of n tiles.
int64_t square_columns(int64_t n);

}  // namespace ae
