#include "engine/plan/product_avx512.h"

#if defined(__x86_64__) && (defined(__clang__) || defined(__GNUC__))
#define AE_HAS_AVX512_KERNELS
#include <immintrin.h>
#endif
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"        // in its own header (GCC bug 105593)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"  // in its own header (GCC bug 105593)
#endif

#include <algorithm>

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
constexpr int64_t kMostDepth = 256;
/// Rows of a from which on it pays to transpose b.
constexpr int64_t kWorthPacking = 48;

/// The first `count` floats of a register.
__mmask16 first_floats(int64_t count) {
  return static_cast<__mmask16>((1U << std::clamp<int64_t>(count, 0, kFloats)) - 1U);
}

/// Rows i of a, from which element k lies at rows[i][k * step].
struct RowsOfA {
  const float* rows[kTileRows];
  int64_t step;
};

/// Where a tile of c, 8 x 32, goes, and what of it c has.
struct TileOfC {
  float* c;
  int64_t stride;
  int64_t rows;
  __mmask16 columns[2];
  bool add;
};

/// c = or += sums over `depth` steps of a's elements times rows of the panel [depth, 32].
/// @tparam kRows       of the tile: 8, or 4 where c has no more
/// @tparam kRegisters  of a row that c has columns for: 1 or 2
template <int64_t kRows, int64_t kRegisters>
AE_AVX512 void multiply_rows_of_tile(const RowsOfA& a, const float* panel, int64_t depth,
                                     const TileOfC& to) {
  __m512 sums[kRows][kRegisters];
  for (auto& row : sums) {
    for (__m512& sum : row) sum = _mm512_setzero_ps();
  }
  for (int64_t k = 0; k < depth; ++k, panel += kTileColumns) {
    __m512 columns[kRegisters];
    for (int64_t j = 0; j < kRegisters; ++j) columns[j] = _mm512_loadu_ps(panel + j * kFloats);
#pragma GCC unroll 8
    for (int64_t i = 0; i < kRows; ++i) {
      const __m512 element = _mm512_set1_ps(a.rows[i][k * a.step]);
#pragma GCC unroll 2
      for (int64_t j = 0; j < kRegisters; ++j) {
        sums[i][j] = _mm512_fmadd_ps(element, columns[j], sums[i][j]);
      }
    }
  }
#pragma GCC unroll 8
  for (int64_t i = 0; i < kRows; ++i) {
    if (i >= to.rows) break;
#pragma GCC unroll 2
    for (int64_t j = 0; j < kRegisters; ++j) {
      float* c = to.c + i * to.stride + j * kFloats;
      const __mmask16 there = to.columns[j];
      if (to.add) sums[i][j] = _mm512_add_ps(sums[i][j], _mm512_maskz_loadu_ps(there, c));
      _mm512_mask_storeu_ps(c, there, sums[i][j]);
    }
  }
}

AE_AVX512 void multiply_tile(const RowsOfA& a, const float* panel, int64_t depth,
                             const TileOfC& to) {
  const bool wide = to.columns[1] != 0;
  if (to.rows > kTileRows / 2) {
    wide ? multiply_rows_of_tile<kTileRows, 2>(a, panel, depth, to)
         : multiply_rows_of_tile<kTileRows, 1>(a, panel, depth, to);
  } else {
    wide ? multiply_rows_of_tile<kTileRows / 2, 2>(a, panel, depth, to)
         : multiply_rows_of_tile<kTileRows / 2, 1>(a, panel, depth, to);
  }
}

/// A part of b, `depth` x `columns` of at most 32, as it lies in memory.
struct PanelOfB {
  const float* begin;
  int64_t stride;
  bool transposed;
  int64_t depth;
  int64_t columns;
};

/// Brings a part of the lines that a panel lies in into the cache, the part-th of `parts`.
AE_AVX512 void fetch_panel(const PanelOfB& panel, int64_t part, int64_t parts) {
  const int64_t rows = panel.transposed ? panel.columns : panel.depth;
  const int64_t floats = panel.transposed ? panel.depth : panel.columns;
  for (int64_t row = rows * part / parts; row < rows * (part + 1) / parts; ++row) {
    const float* line = panel.begin + row * panel.stride;
    for (int64_t i = 0; i < floats; i += kFloats) _mm_prefetch(line + i, _MM_HINT_T0);
  }
}

/// Columns of b, [depth, 32], one row after another; where b has no more columns, zeros.
AE_AVX512 void pack_rows(const PanelOfB& b, float* panel) {
  const __mmask16 left = first_floats(b.columns);
  const __mmask16 right = first_floats(b.columns - kFloats);
  const float* row = b.begin;
  for (int64_t k = 0; k < b.depth; ++k, row += b.stride, panel += kTileColumns) {
    _mm512_storeu_ps(panel, _mm512_maskz_loadu_ps(left, row));
    _mm512_storeu_ps(panel + kFloats, _mm512_maskz_loadu_ps(right, row + kFloats));
  }
}

/// Pairs of numbers, one of each of two registers, as one element.
AE_AVX512 inline __m512 low_pairs(const __m512& a, const __m512& b) {
  return _mm512_castpd_ps(_mm512_unpacklo_pd(_mm512_castps_pd(a), _mm512_castps_pd(b)));
}
AE_AVX512 inline __m512 high_pairs(const __m512& a, const __m512& b) {
  return _mm512_castpd_ps(_mm512_unpackhi_pd(_mm512_castps_pd(a), _mm512_castps_pd(b)));
}

/// 16 x 16 elements, of which memory has `columns` rows, transposed into 16 columns of a panel, of
/// which it takes `depth` rows.
AE_AVX512 inline void pack_block(const float* block, int64_t stride, int64_t columns, int64_t depth,
                                 float* panel) {
  const __mmask16 there = first_floats(depth);
  __m512 rows[kFloats];
  __m512 pairs[kFloats];
#pragma GCC unroll 16
  for (int64_t i = 0; i < kFloats; ++i) {
    rows[i] = i < columns ? _mm512_maskz_loadu_ps(there, block + i * stride) : _mm512_setzero_ps();
  }
#pragma GCC unroll 8
  for (int64_t i = 0; i < kFloats; i += 2) {
    pairs[i] = _mm512_unpacklo_ps(rows[i], rows[i + 1]);
    pairs[i + 1] = _mm512_unpackhi_ps(rows[i], rows[i + 1]);
  }
  // Lane l of rows[4 q + c] becomes elements 4 l + c of rows 4 q to 4 q + 3.
#pragma GCC unroll 4
  for (int64_t i = 0; i < kFloats; i += 4) {
    rows[i] = low_pairs(pairs[i], pairs[i + 2]);
    rows[i + 1] = high_pairs(pairs[i], pairs[i + 2]);
    rows[i + 2] = low_pairs(pairs[i + 1], pairs[i + 3]);
    rows[i + 3] = high_pairs(pairs[i + 1], pairs[i + 3]);
  }
  const auto store = [&](int64_t k, const __m512& row) AE_AVX512 {
    if (k < depth) _mm512_storeu_ps(panel + k * kTileColumns, row);
  };
#pragma GCC unroll 4
  for (int64_t c = 0; c < 4; ++c) {
    const __m512 even_left = _mm512_shuffle_f32x4(rows[c], rows[4 + c], 0x88);
    const __m512 odd_left = _mm512_shuffle_f32x4(rows[c], rows[4 + c], 0xDD);
    const __m512 even_right = _mm512_shuffle_f32x4(rows[8 + c], rows[12 + c], 0x88);
    const __m512 odd_right = _mm512_shuffle_f32x4(rows[8 + c], rows[12 + c], 0xDD);
    store(c, _mm512_shuffle_f32x4(even_left, even_right, 0x88));
    store(4 + c, _mm512_shuffle_f32x4(odd_left, odd_right, 0x88));
    store(8 + c, _mm512_shuffle_f32x4(even_left, even_right, 0xDD));
    store(12 + c, _mm512_shuffle_f32x4(odd_left, odd_right, 0xDD));
  }
}

/// The same as pack_rows of columns that lie in memory as rows.
AE_AVX512 void pack_columns(const PanelOfB& b, float* panel) {
  for (int64_t k = 0; k < b.depth; k += kFloats) {
    for (int64_t column = 0; column < kTileColumns; column += kFloats) {
      pack_block(b.begin + column * b.stride + k, b.stride, b.columns - column, b.depth - k,
                 panel + k * kTileColumns + column);
    }
  }
}

/// Of panels that are about equally deep: one of few steps would cost as much time for c.
int64_t even_depth(int64_t k) {
  const int64_t panels = (k + kMostDepth - 1) / kMostDepth;
  const int64_t depth = (k + panels - 1) / panels;
  return (depth + kFloats - 1) / kFloats * kFloats;
}

/// The panels of b: columns from left to right, each from above down.
struct Panels {
  const Matrix<float>& b;
  int64_t n;
  int64_t k;
  int64_t most_depth;

  PanelOfB at(int64_t column, int64_t first) const {
    const float* begin =
        b.data + (b.transposed ? column * b.stride + first : first * b.stride + column);
    return {begin, b.stride, b.transposed, std::min(most_depth, k - first),
            std::min(kTileColumns, n - column)};
  }
  /// What comes after; nothing after the last.
  PanelOfB after(int64_t column, int64_t first) const {
    if (first + most_depth < k) return at(column, first + most_depth);
    if (column + kTileColumns < n) return at(column + kTileColumns, 0);
    return {nullptr, 0, false, 0, 0};
  }
};

/// Sums of rows of b, by elements of a. While a panel is at work the next comes into the cache.
AE_AVX512 void product_by_panels(int64_t m, int64_t n, int64_t k, const Matrix<float>& a,
                                 const Matrix<float>& b, float beta, float* c, int64_t stride) {
  alignas(64) float panel[kMostDepth * kTileColumns];
  const int64_t most_depth = even_depth(k);
  const Panels panels{b, n, k, most_depth};
  const int64_t tiles = (m + kTileRows - 1) / kTileRows;
  const int64_t row_step = a.transposed ? 1 : a.stride;
  RowsOfA rows{{}, a.transposed ? a.stride : 1};
  for (int64_t column = 0; column < n; column += kTileColumns) {
    for (int64_t first = 0; first < k; first += most_depth) {
      const PanelOfB from = panels.at(column, first);
      const PanelOfB next = panels.after(column, first);
      if (b.transposed) {
        pack_columns(from, panel);
      } else {
        pack_rows(from, panel);
      }
      for (int64_t tile = 0; tile < tiles; ++tile) {
        const int64_t row = tile * kTileRows;
        // Rows that there are not repeat the last one, and are not stored.
        for (int64_t i = 0; i < kTileRows; ++i) {
          rows.rows[i] = a.data + std::min(row + i, m - 1) * row_step + first * rows.step;
        }
        fetch_panel(next, tile, tiles);
        const TileOfC to{.c = c + row * stride + column,
                         .stride = stride,
                         .rows = std::min(kTileRows, m - row),
                         .columns = {first_floats(n - column), first_floats(n - column - kFloats)},
                         .add = first > 0 || beta != 0};
        multiply_tile(rows, panel, from.depth, to);
      }
    }
  }
}

/// sums[i][j] += products of 16 elements, those that `there` has.
template <bool kAll>
AE_AVX512 __attribute__((always_inline)) inline void multiply_elements(
    const float* a, int64_t a_stride, const float* b, int64_t b_stride, __mmask16 there,
    __m512 (&sums)[kDotRows][kDotColumns]) {
  const auto load = [there](const float* from) AE_AVX512 {
    return kAll ? _mm512_loadu_ps(from) : _mm512_maskz_loadu_ps(there, from);
  };
  __m512 left[kDotRows];
#pragma GCC unroll 4
  for (int64_t i = 0; i < kDotRows; ++i) left[i] = load(a + i * a_stride);
#pragma GCC unroll 6
  for (int64_t j = 0; j < kDotColumns; ++j) {
    const __m512 right = load(b + j * b_stride);
#pragma GCC unroll 4
    for (int64_t i = 0; i < kDotRows; ++i) sums[i][j] = _mm512_fmadd_ps(left[i], right, sums[i][j]);
  }
}

/// The sums of four registers.
AE_AVX512 inline __m128 sums_of(const __m512& a, const __m512& b, const __m512& c,
                                const __m512& d) {
  // Halves of pairs side by side, until a lane of 128 bits has one number of each.
  const __m512 ab = _mm512_add_ps(_mm512_unpacklo_ps(a, b), _mm512_unpackhi_ps(a, b));
  const __m512 cd = _mm512_add_ps(_mm512_unpacklo_ps(c, d), _mm512_unpackhi_ps(c, d));
  const __m512 all =
      _mm512_add_ps(_mm512_shuffle_ps(ab, cd, 0x44), _mm512_shuffle_ps(ab, cd, 0xEE));
  const __m256 half = _mm256_add_ps(_mm512_castps512_ps256(all), _mm512_extractf32x8_ps(all, 1));
  return _mm_add_ps(_mm256_castps256_ps128(half), _mm256_extractf128_ps(half, 1));
}

/// Lines of the cache that are soon wanted.
struct NextRows {
  const float* begin;
  int64_t lines;
};

/// Inner products of 4 rows of a with 6 rows of b.
AE_AVX512 void multiply_rows(int64_t k, const float* a, int64_t a_stride, const float* b,
                             int64_t b_stride, const NextRows& next, float* c, int64_t stride) {
  __m512 sums[kDotRows][kDotColumns];
  for (auto& row : sums) {
    for (__m512& sum : row) sum = _mm512_setzero_ps();
  }
  int64_t at = 0;
  for (; at + kFloats <= k; at += kFloats) {
    multiply_elements<true>(a + at, a_stride, b + at, b_stride, 0, sums);
  }
  if (at < k) {
    multiply_elements<false>(a + at, a_stride, b + at, b_stride, first_floats(k - at), sums);
  }
  for (int64_t i = 0; i < next.lines; ++i) _mm_prefetch(next.begin + i * kFloats, _MM_HINT_T0);
#pragma GCC unroll 6
  for (int64_t j = 0; j < kDotColumns; ++j) {
    alignas(16) float four[kDotRows];
    _mm_store_ps(four, sums_of(sums[0][j], sums[1][j], sums[2][j], sums[3][j]));
#pragma GCC unroll 4
    for (int64_t i = 0; i < kDotRows; ++i) c[i * stride + j] = four[i];
  }
}

/// Both inner dimensions are contiguous: inner products of rows. The last tiles overlap those
/// before.
AE_AVX512 void product_of_rows(int64_t m, int64_t n, int64_t k, const Matrix<float>& a,
                               const Matrix<float>& b, float* c, int64_t stride) {
  // While b's rows are at work the next come into the cache, some lines with each tile.
  const int64_t tiles = (m + kDotRows - 1) / kDotRows;
  const int64_t lines = (kDotColumns * b.stride / kFloats + tiles - 1) / tiles;
  for (int64_t column = 0; column < n; column += kDotColumns) {
    const int64_t j = std::min(column, n - kDotColumns);
    const float* next = b.data + (j + kDotColumns) * b.stride;
    const bool has_next = column + 2 * kDotColumns <= n;
    for (int64_t row = 0; row < m; row += kDotRows, next += lines * kFloats) {
      const int64_t i = std::min(row, m - kDotRows);
      multiply_rows(k, a.data + i * a.stride, a.stride, b.data + j * b.stride, b.stride,
                    {next, has_next ? lines : 0}, c + i * stride + j, stride);
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
  if (!b.transposed || m >= kWorthPacking) {
    product_by_panels(m, n, k, a, b, beta, c, stride);
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
