#pragma once

#include <cstdint>

namespace ae {

/// A window's way along an axis.
struct ConvAxis {
  int64_t extent;     ///< values of the image
  int64_t positions;  ///< where the window stops
  int64_t kernel;     ///< values that it covers
  int64_t stride;     ///< between places
  int64_t padding;    ///< by which the first place begins before the image
};

/// A window's way over images whose channels lie together, [height, width, channels].
struct ConvGeometry {
  ConvAxis height;
  ConvAxis width;
  int64_t channels;

  int64_t positions() const { return height.positions * width.positions; }
  /// Positions in a window.
  int64_t kernel_elements() const { return height.kernel * width.kernel; }
  /// Values in a window.
  int64_t values() const { return kernel_elements() * channels; }
  /// Values in an image.
  int64_t image_size() const { return height.extent * width.extent * channels; }
};

/// What the window sees at each place, with 0 beyond an image's edges.
/// @param images   [n, height, width, channels]
/// @param columns  [n, places, values], is set
void im2col(const ConvGeometry& geometry, int64_t n, const float* images, float* columns);
void im2col(const ConvGeometry& geometry, int64_t n, const double* images, double* columns);

/// The transpose of that: each value of an image becomes the sum of what all windows say of it.
/// @param columns  [n, places, values]
/// @param images   [n, height, width, channels], is set
void col2im(const ConvGeometry& geometry, int64_t n, const float* columns, float* images);
void col2im(const ConvGeometry& geometry, int64_t n, const double* columns, double* images);

}  // namespace ae
