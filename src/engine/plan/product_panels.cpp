#include "engine/plan/avx512.h"

#ifdef AE_HAS_AVX512_KERNELS

namespace ae::plan {
namespace {

// Registers: 8 x 2 sums, which hide the latency of two multiply-adds a cycle, and what is loaded
// for them.
constexpr int64_t kTileRows = 8;
constexpr int64_t kTileColumns = 2 * kFloats;
/// Steps of the inner dimension at a time: so much of a panel of b stays in the first cache.
constexpr int64_t kMostDepth = 256;

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

}  // namespace

// Sums of rows of b, by elements of a. While a panel is at work the next comes into the cache.
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

}  // namespace ae::plan

#endif
