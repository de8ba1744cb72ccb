#include "kernels/packed_panels.h"

#ifdef AE_HAS_AVX512_KERNELS

namespace ae {
namespace {

// Registers: 8 x 2 sums, which hide the latency of two multiply-adds a cycle, and what is loaded
// for them.
constexpr int64_t kTileRows = 8;
constexpr int64_t kTileColumns = 2 * kFloats;
/// Steps of the inner dimension at a time: so much of a panel of b stays in the first cache.
constexpr int64_t kMaxDepth = 256;

/// Rows i of a, from which element k lies at rows[i][k * step].
struct RowsOfA {
  const float* rows[kTileRows];
  int64_t step;
};

/// Where a tile of c, 8 x 32, goes, and what of it c has.
struct TileOfC {
  float* c;
  int64_t stride;
  TileStore sums;
};

/// c = or += sums over `depth` steps of a's elements times rows of the panel.
/// @tparam kRows       of the tile: 8, or 4 where c has no more
/// @tparam kRegisters  of a row that c has columns for: 1 or 2
template <int64_t kRows, int64_t kRegisters>
AE_AVX512 void multiply_rows_of_tile(const RowsOfA& a, const float* panel, int64_t depth,
                                     const TileOfC& to) {
  __m512 sums[kRows][kRegisters];
  for (auto& row : sums) {
    for (__m512& sum : row) sum = _mm512_setzero_ps();
  }
  for (int64_t k = 0; k < depth; ++k, panel += kRegisters * kFloats) {
    __m512 columns[kRegisters];
    for (int64_t j = 0; j < kRegisters; ++j) columns[j] = _mm512_load_ps(panel + j * kFloats);
#pragma GCC unroll 8
    for (int64_t i = 0; i < kRows; ++i) {
      const __m512 element = _mm512_set1_ps(a.rows[i][k * a.step]);
#pragma GCC unroll 2
      for (int64_t j = 0; j < kRegisters; ++j) {
        sums[i][j] = _mm512_fmadd_ps(element, columns[j], sums[i][j]);
      }
    }
  }
  store_sums(sums, to.sums, [&](int64_t i) { return to.c + i * to.stride; });
}

AE_AVX512 void multiply_tile(const RowsOfA& a, const float* panel, const PackedPanel& from,
                             const TileOfC& to) {
  const int64_t depth = from.depth;
  const bool wide = from.registers() > 1;
  if (to.sums.rows > kTileRows / 2) {
    wide ? multiply_rows_of_tile<kTileRows, 2>(a, panel, depth, to)
         : multiply_rows_of_tile<kTileRows, 1>(a, panel, depth, to);
  } else {
    wide ? multiply_rows_of_tile<kTileRows / 2, 2>(a, panel, depth, to)
         : multiply_rows_of_tile<kTileRows / 2, 1>(a, panel, depth, to);
  }
}

}  // namespace

// Sums of rows of b, by elements of a. While a panel is at work the next comes into the cache.
AE_AVX512 void gemm_packed(int64_t m, int64_t n, int64_t k, const Matrix<float>& a,
                           const Matrix<float>& b, bool accumulate, float* c, int64_t stride) {
  alignas(64) float packed[kMaxDepth * kTileColumns];
  const Panels panels(b, n, k, kTileColumns / kFloats, kMaxDepth);
  const int64_t tiles = (m + kTileRows - 1) / kTileRows;
  const int64_t row_step = a.transposed ? 1 : a.stride;
  RowsOfA rows{{}, a.transposed ? a.stride : 1};
  for (int64_t panel = 0; panel < panels.across(); ++panel) {
    for (int64_t chunk = 0; chunk < panels.down(); ++chunk) {
      const PackedPanel from = panels.at(panel, chunk);
      const PackedPanel next = panels.after(panel, chunk);
      pack(from, packed);
      for (int64_t tile = 0; tile < tiles; ++tile) {
        const int64_t row = tile * kTileRows;
        // Rows that there are not repeat the last one, and are not stored.
        for (int64_t i = 0; i < kTileRows; ++i) {
          rows.rows[i] =
              a.data + std::min(row + i, m - 1) * row_step + chunk * panels.depth() * rows.step;
        }
        fetch<2>(next, tile, tiles);
        const TileOfC to{.c = c + row * stride + panels.column(panel),
                         .stride = stride,
                         .sums = {.rows = std::min(kTileRows, m - row),
                                  .last_register = from.last_register(),
                                  .add = chunk > 0 || accumulate}};
        multiply_tile(rows, packed, from, to);
      }
    }
  }
}

}  // namespace ae

#endif
