#pragma once

#include <cstdint>

namespace ae {

/// Geometry of a convolution along one axis.
struct ConvAxis {
  int64_t extent;     ///< input size
  int64_t positions;  ///< output size
  int64_t kernel;     ///< kernel size
  int64_t stride;
  int64_t padding;  ///< zeros before the input
};

/// Geometry of a 2-D convolution over channels-last images, [height, width, channels].
struct ConvGeometry {
  ConvAxis height;
  ConvAxis width;
  int64_t channels;

  int64_t positions() const { return height.positions * width.positions; }
  /// Kernel height x width.
  int64_t kernel_elements() const { return height.kernel * width.kernel; }
  /// Values in the patch of an output position.
  int64_t values() const { return kernel_elements() * channels; }
  /// Values in an image.
  int64_t image_size() const { return height.extent * width.extent * channels; }
};

/// Zero-padded input patch of each output position.
/// @param images   [n, height, width, channels]
/// @param columns  [n, positions, values], output
void im2col(const ConvGeometry& geometry, int64_t n, const float* images, float* columns);
void im2col(const ConvGeometry& geometry, int64_t n, const double* images, double* columns);

/// Transpose of im2col(): each image value is the sum of its occurrences in all patches.
/// @param columns  [n, positions, values]
/// @param images   [n, height, width, channels], output
void col2im(const ConvGeometry& geometry, int64_t n, const float* columns, float* images);
void col2im(const ConvGeometry& geometry, int64_t n, const double* columns, double* images);

}  // namespace ae
