#pragma once

#include "kernels/avx512.h"

#ifdef AE_HAS_AVX512_KERNELS

namespace ae {

/// A part of b, `depth` x `columns`, as it lies in memory.
struct PackedPanel {
  const float* begin;
  int64_t stride;
  bool transposed;
  int64_t depth;
  int64_t columns;

  int64_t registers() const { return whole_registers(columns) / kFloats; }
  /// What of its last register a row has.
  __mmask16 last_register() const { return first_floats(columns - (registers() - 1) * kFloats); }
};

/// Steps of the inner dimension in chunks that are about equally deep, and whole registers: one
/// of few steps would cost as much time for c.
int64_t even_depth(int64_t k, int64_t most);

/// The panels of b, [k, n]: columns from left to right, each from above down. All are about
/// equally wide, and equally deep.
class Panels {
 public:
  Panels(const Matrix<float>& b, int64_t n, int64_t k, int64_t max_registers, int64_t max_depth)
      : b_(b),
        n_(n),
        k_(k),
        depth_(even_depth(k, max_depth)),
        registers_(whole_registers(n) / kFloats),
        across_((registers_ + max_registers - 1) / max_registers) {}

  int64_t depth() const { return depth_; }
  int64_t across() const { return across_; }
  int64_t down() const { return (k_ + depth_ - 1) / depth_; }
  /// Its first column.
  int64_t column(int64_t panel) const { return registers_ * panel / across_ * kFloats; }
  PackedPanel at(int64_t panel, int64_t chunk) const;
  /// What comes after; nothing after the last.
  PackedPanel after(int64_t panel, int64_t chunk) const;

 private:
  Matrix<float> b_;
  int64_t n_;
  int64_t k_;
  int64_t depth_;
  int64_t registers_;
  int64_t across_;
};

/// Copies a part of b: [depth, whole registers], with 0 where b has no more columns.
AE_AVX512 void pack(const PackedPanel& b, float* panel);

/// Brings a part of the lines that a panel lies in into the cache, the part-th of `parts`.
/// @tparam kLocality  3 for the first cache, 2 for the second
template <int kLocality>
AE_AVX512 inline void fetch(const PackedPanel& b, int64_t part, int64_t parts) {
  const int64_t rows = b.transposed ? b.columns : b.depth;
  const int64_t floats = b.transposed ? b.depth : b.columns;
  for (int64_t row = rows * part / parts; row < rows * (part + 1) / parts; ++row) {
    const float* line = b.begin + row * b.stride;
    for (int64_t i = 0; i < floats; i += kFloats) __builtin_prefetch(line + i, /*rw=*/0, kLocality);
  }
}

/// Where the sums of a tile go.
struct TileStore {
  int64_t rows;             ///< of the tile, those that c has
  __mmask16 last_register;  ///< of a row, what c has of it
  bool add;                 ///< to what is there
};

/// c = or += sums. @param row_of_c  gives where a row of the tile begins
template <int64_t kRows, int64_t kRegisters, class RowOfC>
AE_AVX512 __attribute__((always_inline)) inline void store_sums(__m512 (&sums)[kRows][kRegisters],
                                                                const TileStore& to,
                                                                const RowOfC& row_of_c) {
#pragma GCC unroll 8
  for (int64_t i = 0; i < kRows; ++i) {
    if (i >= to.rows) break;
    float* row = row_of_c(i);
#pragma GCC unroll 8
    for (int64_t j = 0; j < kRegisters; ++j) {
      float* c = row + j * kFloats;
      const auto there = static_cast<__mmask16>(j + 1 < kRegisters ? 0xFFFF : to.last_register);
      if (to.add) sums[i][j] = _mm512_add_ps(sums[i][j], _mm512_maskz_loadu_ps(there, c));
      _mm512_mask_storeu_ps(c, there, sums[i][j]);
    }
  }
}

}  // namespace ae

#endif
