#pragma once

#include "kernels/avx512.h"

#ifdef AE_HAS_AVX512_KERNELS

namespace ae {

/// A panel of b in memory, [depth, columns], not packed yet.
struct PackedPanel {
  const float* begin;
  int64_t stride;
  bool transposed;
  int64_t depth;
  int64_t columns;

  int64_t registers() const { return whole_registers(columns) / kFloatsPerRegister; }
  /// Mask of the valid floats in a row's last register.
  __mmask16 last_register() const {
    return first_floats(columns - (registers() - 1) * kFloatsPerRegister);
  }
};

/// Depth of a chunk of the inner dimension: at most `max_depth`, a multiple of the register width.
/// Chunks are about equally deep, since each reads and writes c once, whatever its depth.
int64_t even_depth(int64_t k, int64_t max_depth);

/// Division of b, [k, n], into panels of about equal width and chunks of about equal depth.
class Panels {
 public:
  Panels(const Matrix<float>& b, int64_t n, int64_t k, int64_t max_registers, int64_t max_depth)
      : b_(b),
        n_(n),
        k_(k),
        depth_(even_depth(k, max_depth)),
        registers_(whole_registers(n) / kFloatsPerRegister),
        across_((registers_ + max_registers - 1) / max_registers) {}

  int64_t depth() const { return depth_; }
  int64_t across() const { return across_; }
  int64_t down() const { return (k_ + depth_ - 1) / depth_; }
  /// First column of a panel.
  int64_t column(int64_t panel) const { return registers_ * panel / across_ * kFloatsPerRegister; }
  PackedPanel at(int64_t panel, int64_t chunk) const;
  /// The next chunk or panel; empty after the last.
  PackedPanel after(int64_t panel, int64_t chunk) const;

 private:
  Matrix<float> b_;
  int64_t n_;
  int64_t k_;
  int64_t depth_;
  int64_t registers_;
  int64_t across_;
};

/// Copies a panel to contiguous memory, [depth, columns rounded up to registers], zero-padded.
AE_AVX512 void pack(const PackedPanel& b, float* panel);

/// Prefetches the part-th of `parts` equal parts of a panel.
/// @tparam kLocality  3 for the L1 cache, 2 for L2
template <int kLocality>
AE_AVX512 inline void fetch(const PackedPanel& b, int64_t part, int64_t parts) {
  const int64_t rows = b.transposed ? b.columns : b.depth;
  const int64_t floats = b.transposed ? b.depth : b.columns;
  for (int64_t row = rows * part / parts; row < rows * (part + 1) / parts; ++row) {
    const float* line = b.begin + row * b.stride;
    for (int64_t i = 0; i < floats; i += kFloatsPerRegister)
      __builtin_prefetch(line + i, /*rw=*/0, kLocality);
  }
}

/// Epilogue of a tile: the part of it that is stored to c.
struct TileStore {
  int64_t rows;             ///< valid rows
  __mmask16 last_register;  ///< valid floats in a row's last register
  bool add;                 ///< c += rather than c =
};

/// c = sums or c += sums. @param row_of_c  returns the address of a row of the tile in c
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
      float* c = row + j * kFloatsPerRegister;
      const auto valid = static_cast<__mmask16>(j + 1 < kRegisters ? 0xFFFF : to.last_register);
      if (to.add) sums[i][j] = _mm512_add_ps(sums[i][j], _mm512_maskz_loadu_ps(valid, c));
      _mm512_mask_storeu_ps(c, valid, sums[i][j]);
    }
  }
}

}  // namespace ae

#endif
