#include "engine/plan/windows.h"

#include "core/clones.h"

namespace ae::plan {
namespace {

/// A window's row at one place: `values` of it, of which [first, last) lie in the image.
struct Line {
  int64_t values;
  int64_t first;
  int64_t last;
  int64_t image;  ///< where in the image the row's first value would be
};

/// The part of a window that lies in the image, in steps of its kernel.
struct Seen {
  int64_t first;
  int64_t last;
};

AE_INLINE Seen seen_at(const WindowAxis& axis, int64_t place) {
  const int64_t begin = place * axis.stride - axis.padding;
  const int64_t first = begin < 0 ? -begin : 0;
  const int64_t rest = axis.extent - begin;
  const int64_t last = rest < axis.kernel ? rest : axis.kernel;
  return {first, last};
}

/// Calls each(line) for the lines of all places' windows, in the order of the columns.
template <class Each>
AE_INLINE void each_line(const Windows& windows, const Each& each) {
  const auto& [height, width, channels] = windows;
  const int64_t row = width.extent * channels;
  const int64_t values = width.kernel * channels;
  for (int64_t i = 0; i < height.places; ++i) {
    const Seen rows = seen_at(height, i);
    const int64_t top = (i * height.stride - height.padding) * row;
    for (int64_t j = 0; j < width.places; ++j) {
      const Seen columns = seen_at(width, j);
      const int64_t corner = top + (j * width.stride - width.padding) * channels;
      for (int64_t k = 0; k < height.kernel; ++k) {
        if (k < rows.first || k >= rows.last) {
          each(Line{values, values, values, 0});
        } else {
          each(Line{values, columns.first * channels, columns.last * channels, corner + k * row});
        }
      }
    }
  }
}

template <class T>
AE_INLINE void gather_lines(const Windows& windows, int64_t n, const T* __restrict images,
                            T* __restrict columns) {
  for (int64_t i = 0; i < n; ++i, images += windows.image()) {
    each_line(windows, [&](const Line& line) {
      for (int64_t k = 0; k < line.first; ++k) columns[k] = T(0);
      for (int64_t k = line.first; k < line.last; ++k) columns[k] = images[line.image + k];
      for (int64_t k = line.last; k < line.values; ++k) columns[k] = T(0);
      columns += line.values;
    });
  }
}

template <class T>
AE_INLINE void scatter_lines(const Windows& windows, int64_t n, const T* __restrict columns,
                             T* __restrict images) {
  for (int64_t i = 0; i < n; ++i, images += windows.image()) {
    for (int64_t k = 0; k < windows.image(); ++k) images[k] = T(0);
    each_line(windows, [&](const Line& line) {
      for (int64_t k = line.first; k < line.last; ++k) images[line.image + k] += columns[k];
      columns += line.values;
    });
  }
}

}  // namespace

#define AE_LOOPS(T)                                                           \
  AE_CLONED(void, gather, gather_lines,                                       \
            (const Windows& windows, int64_t n, const T* images, T* columns), \
            (windows, n, images, columns))                                    \
  AE_CLONED(void, scatter, scatter_lines,                                     \
            (const Windows& windows, int64_t n, const T* columns, T* images), \
            (windows, n, columns, images))

AE_LOOPS(float)
AE_LOOPS(double)
#undef AE_LOOPS

}  // namespace ae::plan
