#include "engine/plan/product_avx512.h"

#if defined(__x86_64__) && (defined(__clang__) || defined(__GNUC__))
#define AE_HAS_AVX512_KERNELS
#include <immintrin.h>
#endif
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"  // in its own header (GCC bug 105593)
#endif

#include <algorithm>
#include <cstring>
#include <vector>

namespace ae::plan {

#ifdef AE_HAS_AVX512_KERNELS
namespace {

#define AE_AVX512 __attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,fma")))

// Registers: 8 x 2 (or 4 x 6) sums, which hide the latency of two multiply-adds a cycle, and what
// is loaded for them.
constexpr int64_t kFloats = 16;
constexpr int64_t kTileRows = 8;
constexpr int64_t kTileColumns = 2 * kFloats;
constexpr int64_t kDotRows = 4;
constexpr int64_t kDotColumns = 6;
/// Steps of the inner dimension at a time: so much of a panel of b stays in the first cache.
constexpr int64_t kDepth = 256;

/// The first `count` floats of a register.
__mmask16 first_floats(int64_t count) {
  return static_cast<__mmask16>((1U << std::clamp<int64_t>(count, 0, kFloats)) - 1U);
}

/// Rows i of a, from which element k lies at rows[i][k * step].
struct RowsOfA {
  const float* rows[kTileRows];
  int64_t step;
};

/// A tile of c, 8 x 32: sums over `depth` steps of a's elements times rows of the panel [depth,
/// 32].
AE_AVX512 void multiply_tile(const RowsOfA& a, const float* panel, int64_t depth, float* tile) {
  __m512 sums[kTileRows][2];
  for (auto& row : sums) row[0] = row[1] = _mm512_setzero_ps();
  for (int64_t k = 0; k < depth; ++k, panel += kTileColumns) {
    const __m512 left = _mm512_loadu_ps(panel);
    const __m512 right = _mm512_loadu_ps(panel + kFloats);
#pragma GCC unroll 8
    for (int64_t i = 0; i < kTileRows; ++i) {
      const __m512 element = _mm512_set1_ps(a.rows[i][k * a.step]);
      sums[i][0] = _mm512_fmadd_ps(element, left, sums[i][0]);
      sums[i][1] = _mm512_fmadd_ps(element, right, sums[i][1]);
    }
  }
#pragma GCC unroll 8
  for (int64_t i = 0; i < kTileRows; ++i) {
    _mm512_storeu_ps(tile + i * kTileColumns, sums[i][0]);
    _mm512_storeu_ps(tile + i * kTileColumns + kFloats, sums[i][1]);
  }
}

/// c = tile, or c += tile, for the rows and columns that c has.
AE_AVX512 void store_tile(const float* tile, int64_t rows, int64_t columns, bool add, float* c,
                          int64_t stride) {
  const __mmask16 left = first_floats(columns);
  const __mmask16 right = first_floats(columns - kFloats);
  for (int64_t i = 0; i < rows; ++i, tile += kTileColumns, c += stride) {
    __m512 a = _mm512_loadu_ps(tile);
    __m512 b = _mm512_loadu_ps(tile + kFloats);
    if (add) {
      a = _mm512_add_ps(a, _mm512_maskz_loadu_ps(left, c));
      b = _mm512_add_ps(b, _mm512_maskz_loadu_ps(right, c + kFloats));
    }
    _mm512_mask_storeu_ps(c, left, a);
    _mm512_mask_storeu_ps(c + kFloats, right, b);
  }
}

/// Columns of b, [depth, 32], one row after another; where b has no more columns, zeros.
AE_AVX512 void pack_panel(const float* b, int64_t stride, int64_t depth, int64_t columns,
                          float* panel) {
  for (int64_t k = 0; k < depth; ++k, b += stride, panel += kTileColumns) {
    if (columns >= kTileColumns) {
      _mm512_storeu_ps(panel, _mm512_loadu_ps(b));
      _mm512_storeu_ps(panel + kFloats, _mm512_loadu_ps(b + kFloats));
    } else {
      std::memset(panel, 0, kTileColumns * sizeof(float));
      std::memcpy(panel, b, static_cast<size_t>(columns) * sizeof(float));
    }
  }
}

/// b's rows are contiguous: sums of rows of b, by elements of a.
AE_AVX512 void product_by_rows(int64_t m, int64_t n, int64_t k, const Matrix<float>& a,
                               const Matrix<float>& b, float beta, float* c, int64_t stride) {
  alignas(64) float panel[kDepth * kTileColumns];
  alignas(64) float tile[kTileRows * kTileColumns];
  const int64_t row_step = a.transposed ? 1 : a.stride;
  RowsOfA rows{{}, a.transposed ? a.stride : 1};
  for (int64_t column = 0; column < n; column += kTileColumns) {
    for (int64_t first = 0; first < k; first += kDepth) {
      const int64_t depth = std::min(kDepth, k - first);
      pack_panel(b.data + first * b.stride + column, b.stride, depth, n - column, panel);
      for (int64_t row = 0; row < m; row += kTileRows) {
        // Rows that there are not repeat the last one, and are not stored.
        for (int64_t i = 0; i < kTileRows; ++i) {
          rows.rows[i] = a.data + std::min(row + i, m - 1) * row_step + first * rows.step;
        }
        multiply_tile(rows, panel, depth, tile);
        store_tile(tile, std::min(kTileRows, m - row), n - column, first > 0 || beta != 0,
                   c + row * stride + column, stride);
      }
    }
  }
}

/// Inner products of 4 rows of a with 6 rows of b.
AE_AVX512 void multiply_rows(int64_t k, const float* a, int64_t a_stride, const float* b,
                             int64_t b_stride, float* c, int64_t stride) {
  __m512 sums[kDotRows][kDotColumns];
  for (auto& row : sums) {
    for (__m512& sum : row) sum = _mm512_setzero_ps();
  }
  for (int64_t at = 0; at < k; at += kFloats) {
    const __mmask16 there = first_floats(k - at);
    __m512 left[kDotRows];
#pragma GCC unroll 4
    for (int64_t i = 0; i < kDotRows; ++i) {
      left[i] = _mm512_maskz_loadu_ps(there, a + i * a_stride + at);
    }
#pragma GCC unroll 6
    for (int64_t j = 0; j < kDotColumns; ++j) {
      const __m512 right = _mm512_maskz_loadu_ps(there, b + j * b_stride + at);
#pragma GCC unroll 4
      for (int64_t i = 0; i < kDotRows; ++i)
        sums[i][j] = _mm512_fmadd_ps(left[i], right, sums[i][j]);
    }
  }
#pragma GCC unroll 4
  for (int64_t i = 0; i < kDotRows; ++i) {
#pragma GCC unroll 6
    for (int64_t j = 0; j < kDotColumns; ++j) c[i * stride + j] = _mm512_reduce_add_ps(sums[i][j]);
  }
}

/// Both inner dimensions are contiguous: inner products of rows. The last tiles overlap those
/// before.
AE_AVX512 void product_of_rows(int64_t m, int64_t n, int64_t k, const Matrix<float>& a,
                               const Matrix<float>& b, float* c, int64_t stride) {
  for (int64_t column = 0; column < n; column += kDotColumns) {
    const int64_t j = std::min(column, n - kDotColumns);
    for (int64_t row = 0; row < m; row += kDotRows) {
      const int64_t i = std::min(row, m - kDotRows);
      multiply_rows(k, a.data + i * a.stride, a.stride, b.data + j * b.stride, b.stride,
                    c + i * stride + j, stride);
    }
  }
}

}  // namespace

bool wants_avx512_products() {
  static const bool wants = [] {
    __builtin_cpu_init();
    return __builtin_cpu_is("amd") && __builtin_cpu_supports("avx512f") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq");
  }();
  return wants;
}

bool product_avx512(int64_t m, int64_t n, int64_t k, const Matrix<float>& a, const Matrix<float>& b,
                    float beta, float* c, int64_t stride) {
  if (!b.transposed) {
    product_by_rows(m, n, k, a, b, beta, c, stride);
    return true;
  }
  if (a.transposed || beta != 0 || m < kDotRows || n < kDotColumns) return false;
  product_of_rows(m, n, k, a, b, c, stride);
  return true;
}
#else
bool wants_avx512_products() { return false; }

bool product_avx512(int64_t, int64_t, int64_t, const Matrix<float>&, const Matrix<float>&, float,
                    float*, int64_t) {
  return false;
}
#endif

}  // namespace ae::plan

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif
