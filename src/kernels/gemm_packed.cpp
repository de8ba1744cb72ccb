#include "kernels/packed_panels.h"

#ifdef AE_HAS_AVX512_KERNELS

namespace ae {
namespace {

// A tile's 8 x 2 accumulators hide the latency of two multiply-adds per cycle, and leave registers
// for the operands.
constexpr int64_t kTileRows = 8;
constexpr int64_t kTileColumns = 2 * kFloatsPerRegister;
/// Steps of the inner dimension at a time: a panel of b of this depth fits the L1 cache.
constexpr int64_t kMaxDepth = 256;

/// Rows of a tile of a; element k of row i is rows[i][k * step].
struct RowsOfA {
  const float* rows[kTileRows];
  int64_t step;
};

/// A tile of c, 8 x 32, and the part of it that is stored.
struct OutputTile {
  float* c;
  int64_t stride;
  TileStore sums;
};

/// c = a panel, or c += a panel, over `depth` steps of the inner dimension.
/// @tparam kRows       of the tile: 8, or 4 if c has no more
/// @tparam kRegisters  of a row: 1 or 2
template <int64_t kRows, int64_t kRegisters>
AE_AVX512 void multiply_rows_of_tile(const RowsOfA& a, const float* panel, int64_t depth,
                                     const OutputTile& to) {
  __m512 sums[kRows][kRegisters];
  for (auto& row : sums) {
    for (__m512& sum : row) sum = _mm512_setzero_ps();
  }
  for (int64_t k = 0; k < depth; ++k, panel += kRegisters * kFloatsPerRegister) {
    __m512 columns[kRegisters];
    for (int64_t j = 0; j < kRegisters; ++j)
      columns[j] = _mm512_load_ps(panel + j * kFloatsPerRegister);
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
                             const OutputTile& to) {
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

// Adds rows of b scaled by elements of a. Prefetches the next panel during the current one.
AE_AVX512 void gemm_packed(int64_t m, int64_t n, int64_t k, const Matrix<float>& a,
                           const Matrix<float>& b, bool accumulate, float* c, int64_t stride) {
  alignas(64) float packed[kMaxDepth * kTileColumns];
  const Panels panels(b, n, k, kTileColumns / kFloatsPerRegister, kMaxDepth);
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
        // Rows beyond the last repeat it and are not stored.
        for (int64_t i = 0; i < kTileRows; ++i) {
          rows.rows[i] =
              a.data + std::min(row + i, m - 1) * row_step + chunk * panels.depth() * rows.step;
        }
        fetch<2>(next, tile, tiles);
        const OutputTile to{.c = c + row * stride + panels.column(panel),
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
