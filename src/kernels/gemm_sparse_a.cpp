#include <array>
#include <utility>

#include "kernels/packed_panels.h"
#include "kernels/sparsity_pattern.h"

#ifdef AE_HAS_AVX512_KERNELS

namespace ae {
namespace {

constexpr int64_t kMaxTileRows = 4;
constexpr int64_t kMaxPanelRegisters = 8;

/// A tile of c, and the rows of a that it is computed from. Rows beyond the last repeat it.
struct Tile {
  const float* a[kMaxTileRows];
  float* c[kMaxTileRows];
  TileStore sums;
};

/// A panel whose rows are aligned to cache lines.
struct PanelRows {
  const float* begin;
  int64_t stride;
};

/// Packs a panel, unless its rows are aligned to cache lines and their stride does not map them to
/// the same cache sets, where they would evict each other.
AE_AVX512 PanelRows aligned_rows(const PackedPanel& b, float* packed) {
  constexpr int64_t kSameSetStride = 256;
  const bool in_place = !b.transposed && b.columns % kFloatsPerRegister == 0 &&
                        b.stride % kFloatsPerRegister == 0 && b.stride % kSameSetStride != 0 &&
                        reinterpret_cast<uintptr_t>(b.begin) % 64 == 0;
  if (in_place) return {b.begin, b.stride};
  pack(b, packed);
  return {packed, b.registers() * kFloatsPerRegister};
}

/// c = a panel, or c += a panel, over the given columns of a.
template <int64_t kRows, int64_t kRegisters>
AE_AVX512 void multiply_tile(const Tile& tile, const SparsityPattern::Columns& columns,
                             const PanelRows& panel) {
  __m512 sums[kRows][kRegisters];
  for (auto& row : sums) {
    for (__m512& sum : row) sum = _mm512_setzero_ps();
  }
  for (int64_t step = 0; step < columns.count; ++step) {
    const int64_t column = columns.begin[step];
    const float* b = panel.begin + column * panel.stride;
    __m512 loaded[kRegisters];
#pragma GCC unroll 8
    for (int64_t j = 0; j < kRegisters; ++j) loaded[j] = _mm512_load_ps(b + j * kFloatsPerRegister);
#pragma GCC unroll 8
    for (int64_t i = 0; i < kRows; ++i) {
      const __m512 element = _mm512_set1_ps(tile.a[i][column]);
#pragma GCC unroll 8
      for (int64_t j = 0; j < kRegisters; ++j) {
        sums[i][j] = _mm512_fmadd_ps(element, loaded[j], sums[i][j]);
      }
    }
  }
  store_sums(sums, tile.sums, [&](int64_t i) { return tile.c[i]; });
}

using Multiply = void (*)(const Tile&, const SparsityPattern::Columns&, const PanelRows&);

/// The kernel for panels of 1 to kMax registers.
template <int64_t kRows, int64_t kMax>
Multiply for_registers(int64_t registers) {
  static constexpr auto kAll = []<int64_t... kIndex>(std::integer_sequence<int64_t, kIndex...>) {
    return std::array<Multiply, sizeof...(kIndex)>{&multiply_tile<kRows, kIndex + 1>...};
  }(std::make_integer_sequence<int64_t, kMax>());
  return kAll[static_cast<size_t>(registers - 1)];
}

Multiply multiply_for(const Tiling& tiling, int64_t registers) {
  switch (tiling.rows) {
    case 1:
      return for_registers<1, kMaxPanelRegisters>(registers);
    case 2:
      return for_registers<2, kMaxPanelRegisters>(registers);
    default:
      return for_registers<4, 4>(registers);
  }
}

}  // namespace

// Prefetches the next panel during the current one.
AE_AVX512 void gemm_with_pattern(const SparsityPattern& a, const Matrix<float>& b, int64_t n,
                                 int64_t k, bool accumulate, float* c, int64_t stride) {
  alignas(64) float packed[SparsityPattern::kMaxPanelFloats];
  if (!accumulate) {
    for (const int32_t row : a.empty_rows()) std::fill_n(c + row * stride, n, 0.0F);
  }
  const Panels panels(b, n, k, a.tiling().registers, a.tiling().depth);
  for (int64_t panel = 0; panel < panels.across(); ++panel) {
    for (int64_t chunk = 0; chunk < panels.down(); ++chunk) {
      const PackedPanel from = panels.at(panel, chunk);
      const PackedPanel next = panels.after(panel, chunk);
      const Multiply multiply = multiply_for(a.tiling(), from.registers());
      const PanelRows rows = aligned_rows(from, packed);
      Tile tile{
          .a = {},
          .c = {},
          .sums = {
              .rows = 0, .last_register = from.last_register(), .add = chunk > 0 || accumulate}};
      for (int64_t number = 0; number < a.tiles(); ++number) {
        fetch<3>(next, number, a.tiles());
        const SparsityPattern::Columns columns = a.columns(number, chunk);
        if (columns.count == 0 && tile.sums.add) continue;
        tile.sums.rows = a.rows_of(number);
        for (int64_t i = 0; i < a.tiling().rows; ++i) {
          const int64_t row = a.row(number, std::min(i, tile.sums.rows - 1));
          tile.a[i] = a.elements(row) + chunk * panels.depth();
          tile.c[i] = c + row * stride + panels.column(panel);
        }
        multiply(tile, columns, rows);
      }
    }
  }
}

}  // namespace ae

#endif
