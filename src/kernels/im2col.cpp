#include "kernels/im2col.h"

#include "core/target_clones.h"

namespace ae {
namespace {

/// One kernel row of a patch: `values` values, of which [first, last) are in the image.
struct Line {
  int64_t values;
  int64_t first;
  int64_t last;
  int64_t image;  ///< offset in the image of the row's first value
};

/// Kernel elements along an axis that are in the image.
struct KernelRange {
  int64_t first;
  int64_t last;
};

AE_ALWAYS_INLINE KernelRange kernel_range(const ConvAxis& axis, int64_t position) {
  const int64_t begin = position * axis.stride - axis.padding;
  const int64_t first = begin < 0 ? -begin : 0;
  const int64_t rest = axis.extent - begin;
  const int64_t last = rest < axis.kernel ? rest : axis.kernel;
  return {first, last};
}

/// Calls each(line) for the lines of all patches, in the order of the columns.
template <class Each>
AE_ALWAYS_INLINE void each_line(const ConvGeometry& geometry, const Each& each) {
  const auto& [height, width, channels] = geometry;
  const int64_t row = width.extent * channels;
  const int64_t values = width.kernel * channels;
  for (int64_t i = 0; i < height.positions; ++i) {
    const KernelRange rows = kernel_range(height, i);
    const int64_t top = (i * height.stride - height.padding) * row;
    for (int64_t j = 0; j < width.positions; ++j) {
      const KernelRange columns = kernel_range(width, j);
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
AE_ALWAYS_INLINE void im2col_lines(const ConvGeometry& geometry, int64_t n,
                                   const T* __restrict images, T* __restrict columns) {
  for (int64_t i = 0; i < n; ++i, images += geometry.image_size()) {
    each_line(geometry, [&](const Line& line) {
      for (int64_t k = 0; k < line.first; ++k) columns[k] = T(0);
      for (int64_t k = line.first; k < line.last; ++k) columns[k] = images[line.image + k];
      for (int64_t k = line.last; k < line.values; ++k) columns[k] = T(0);
      columns += line.values;
    });
  }
}

template <class T>
AE_ALWAYS_INLINE void col2im_lines(const ConvGeometry& geometry, int64_t n,
                                   const T* __restrict columns, T* __restrict images) {
  for (int64_t i = 0; i < n; ++i, images += geometry.image_size()) {
    for (int64_t k = 0; k < geometry.image_size(); ++k) images[k] = T(0);
    each_line(geometry, [&](const Line& line) {
      for (int64_t k = line.first; k < line.last; ++k) images[line.image + k] += columns[k];
      columns += line.values;
    });
  }
}

}  // namespace

#define AE_LOOPS(T)                                                                        \
  AE_DEFINE_CLONED(void, im2col, im2col_lines,                                             \
                   (const ConvGeometry& geometry, int64_t n, const T* images, T* columns), \
                   (geometry, n, images, columns))                                         \
  AE_DEFINE_CLONED(void, col2im, col2im_lines,                                             \
                   (const ConvGeometry& geometry, int64_t n, const T* columns, T* images), \
                   (geometry, n, columns, images))

AE_LOOPS(float)
AE_LOOPS(double)
#undef AE_LOOPS

}  // namespace ae
