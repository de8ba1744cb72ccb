#pragma once

#include <cstdint>

namespace ae::plan {

/// A window's way along an axis.
struct WindowAxis {
  int64_t extent;   ///< values of the image
  int64_t places;   ///< where the window stops
  int64_t kernel;   ///< values that it covers
  int64_t stride;   ///< between places
  int64_t padding;  ///< by which the first place begins before the image
};

/// A window's way over images whose channels lie together, [height, width, channels].
struct Windows {
  WindowAxis height;
  WindowAxis width;
  int64_t channels;

  int64_t places() const { return height.places * width.places; }
  /// Positions in a window.
  int64_t taps() const { return height.kernel * width.kernel; }
  /// Values in a window.
  int64_t values() const { return taps() * channels; }
  /// Values in an image.
  int64_t image() const { return height.extent * width.extent * channels; }
};

/// What the window sees at each place, with 0 beyond an image's edges.
/// @param images   [n, height, width, channels]
/// @param columns  [n, places, values], is set
void gather(const Windows& windows, int64_t n, const float* images, float* columns);
void gather(const Windows& windows, int64_t n, const double* images, double* columns);

/// The transpose of that: each value of an image becomes the sum of what all windows say of it.
/// @param columns  [n, places, values]
/// @param images   [n, height, width, channels], is set
void scatter(const Windows& windows, int64_t n, const float* columns, float* images);
void scatter(const Windows& windows, int64_t n, const double* columns, double* images);

}  // namespace ae::plan
