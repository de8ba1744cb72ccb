#include "kernels/elementwise.h"

#include <cstring>

#include "core/target_clones.h"
#include "kernels/activations.h"
#include "kernels/lanes.h"

namespace ae {
namespace {

template <class T>
AE_ALWAYS_INLINE void bias_and_activation(const PointwiseActivation& activation, int64_t rows,
                                          int64_t width, const T* __restrict bias,
                                          T* __restrict y) {
  with_activation<T>(activation, [=](const auto& function) AE_ALWAYS_INLINE_LAMBDA {
    for (int64_t row = 0; row < rows; ++row) {
      T* __restrict values = y + row * width;
      for (int64_t j = 0; j < width; ++j) values[j] = function(values[j] + bias[j]);
    }
  });
}

template <class T>
AE_ALWAYS_INLINE void row_sums(int64_t rows, int64_t width, const T* __restrict x, int64_t stride,
                               T beta, T* __restrict sums) {
  for (int64_t j = 0; j < width; ++j) sums[j] = beta == 0 ? T(0) : beta * sums[j];
  for (int64_t row = 0; row < rows; ++row, x += stride) {
    for (int64_t j = 0; j < width; ++j) sums[j] += x[j];
  }
}

/// Transposes a block of 4 x 4 values.
template <class T>
AE_ALWAYS_INLINE void transpose_four(const T* __restrict x, int64_t stride, T* __restrict y,
                                     int64_t y_stride) {
  typedef T Four __attribute__((vector_size(4 * sizeof(T))));  // NOLINT(modernize-use-using)
  Four lines[4];
  Four pairs[4];
#pragma GCC unroll 4
  for (int64_t i = 0; i < 4; ++i) std::memcpy(&lines[i], x + i * stride, sizeof lines[i]);
#pragma GCC unroll 2
  for (int64_t i = 0; i < 2; ++i) {
    pairs[i] = __builtin_shufflevector(lines[2 * i], lines[2 * i + 1], 0, 4, 1, 5);
    pairs[2 + i] = __builtin_shufflevector(lines[2 * i], lines[2 * i + 1], 2, 6, 3, 7);
  }
#pragma GCC unroll 2
  for (int64_t i = 0; i < 2; ++i) {
    lines[2 * i] = __builtin_shufflevector(pairs[2 * i], pairs[2 * i + 1], 0, 1, 4, 5);
    lines[2 * i + 1] = __builtin_shufflevector(pairs[2 * i], pairs[2 * i + 1], 2, 3, 6, 7);
  }
#pragma GCC unroll 4
  for (int64_t i = 0; i < 4; ++i) std::memcpy(y + i * y_stride, &lines[i], sizeof lines[i]);
}

template <class T>
AE_ALWAYS_INLINE void transposed_matrices(int64_t n, int64_t lines, int64_t width,
                                          const T* __restrict x, T* __restrict y) {
  for (int64_t i = 0; i < n; ++i, x += lines * width, y += lines * width) {
    int64_t j = 0;
    for (; j + 4 <= width; j += 4) {
      int64_t k = 0;
      for (; k + 4 <= lines; k += 4) {
        transpose_four(x + k * width + j, width, y + j * lines + k, lines);
      }
      for (; k < lines; ++k) {
        for (int64_t l = j; l < j + 4; ++l) y[l * lines + k] = x[k * width + l];
      }
    }
    for (; j < width; ++j) {
      for (int64_t k = 0; k < lines; ++k) y[j * lines + k] = x[k * width + j];
    }
  }
}

template <class T>
AE_ALWAYS_INLINE int64_t active_values(int64_t rows, int64_t width, const T* __restrict x,
                                       uint8_t* active) {
  int64_t count = 0;
  for (int64_t row = 0; row < rows; ++row, x += width) {
    for (int64_t j = 0; j < width; ++j) {
      const uint8_t is_active = x[j] != 0;
      active[j] = static_cast<uint8_t>(active[j] | is_active);
      count += is_active;
    }
  }
  return count;
}

template <class T>
AE_ALWAYS_INLINE void scaled_sum(int64_t n, T factor, const T* __restrict x, T* __restrict y) {
  for (int64_t i = 0; i < n; ++i) y[i] += factor * x[i];
}

template <class T>
AE_ALWAYS_INLINE T inner_product(int64_t n, const T* __restrict x, const T* __restrict y) {
  T lanes[kLanes] = {};
  in_lanes(n, [&](int64_t i, int64_t lane) { lanes[lane] += x[i] * y[i]; });
  T sum = 0;
  for (int64_t lane = 0; lane < kLanes; ++lane) sum += lanes[lane];
  return sum;
}

template <class T>
AE_ALWAYS_INLINE void maxima_of_blocks(int64_t blocks, int64_t length, const T* __restrict x,
                                       T* __restrict maxima) {
  for (int64_t block = 0; block < blocks; ++block, x += length) {
    T lanes[kLanes];
    T poison[kLanes] = {};  // NaN if a value is not finite
    for (int64_t lane = 0; lane < kLanes; ++lane) lanes[lane] = x[lane % length];
    in_lanes(length, [&](int64_t i, int64_t lane) {
      lanes[lane] = x[i] > lanes[lane] ? x[i] : lanes[lane];
      poison[lane] += x[i] - x[i];
    });
    T maximum = lanes[0];
    T poisoned = 0;
    for (int64_t lane = 0; lane < kLanes; ++lane) {
      maximum = lanes[lane] > maximum ? lanes[lane] : maximum;
      poisoned += poison[lane];
    }
    maxima[block] = maximum + poisoned;
  }
}

}  // namespace

#define AE_LOOPS(T)                                                                              \
  AE_DEFINE_CLONED(                                                                              \
      void, add_bias_and_activate, bias_and_activation,                                          \
      (const PointwiseActivation& activation, int64_t rows, int64_t width, const T* bias, T* y), \
      (activation, rows, width, bias, y))                                                        \
  AE_DEFINE_CLONED(void, activation_backward, activation_backward_values,                        \
                   (const PointwiseActivation& activation, int64_t n, const T* y, T* gradient),  \
                   (activation, n, y, gradient))                                                 \
  AE_DEFINE_CLONED(void, sum_rows, row_sums,                                                     \
                   (int64_t rows, int64_t width, const T* x, int64_t stride, T beta, T* sums),   \
                   (rows, width, x, stride, beta, sums))                                         \
  AE_DEFINE_CLONED(void, transpose, transposed_matrices,                                         \
                   (int64_t n, int64_t lines, int64_t width, const T* x, T* y),                  \
                   (n, lines, width, x, y))                                                      \
  AE_DEFINE_CLONED(void, add_scaled, scaled_sum, (int64_t n, T factor, const T* x, T* y),        \
                   (n, factor, x, y))                                                            \
  AE_DEFINE_CLONED(T, dot, inner_product, (int64_t n, const T* x, const T* y), (n, x, y))        \
  AE_DEFINE_CLONED(void, find_maxima, maxima_of_blocks,                                          \
                   (int64_t blocks, int64_t length, const T* x, T* maxima),                      \
                   (blocks, length, x, maxima))                                                  \
  AE_DEFINE_CLONED(int64_t, count_active, active_values,                                         \
                   (int64_t rows, int64_t width, const T* x, uint8_t* active),                   \
                   (rows, width, x, active))

AE_LOOPS(float)
AE_LOOPS(double)
#undef AE_LOOPS

}  // namespace ae
