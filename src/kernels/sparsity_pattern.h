#pragma once

#include "kernels/avx512.h"
#include "kernels/gemm_avx512.h"

#ifdef AE_HAS_AVX512_KERNELS

#include <vector>

#include "core/aligned_vector.h"

namespace ae {

/// Tiling of a matrix multiplication: a tile of c has `rows` rows and `registers` registers of
/// columns, and is accumulated in registers over `depth` steps of the inner dimension at a time.
struct Tiling {
  int64_t rows;
  int64_t registers;
  int64_t depth;  ///< rows of a panel of b, which fits the L1 cache; at most 256
};

/// Sparsity pattern of a matrix: its nonzero rows grouped in tiles, and for each tile the columns
/// in which at least one of its rows is nonzero.
class SparsityPattern {
 public:
  /// Maximum floats of a panel of b: fits an L1 cache of 32 KB beside the rest of the working set.
  static constexpr int64_t kMaxPanelFloats = 6144;

  /// The calling thread's instance, with memory for the largest matrix.
  static SparsityPattern& of_thread();

  /// Computes the pattern of a.
  /// @param a          [rows, columns], at most 256 x 1,024; must outlive the pattern's use
  /// @param registers  of a row of c
  /// @param max_cost   maximum cost, as a fraction of that of the dense multiplication
  /// @return           false if it would cost more; the pattern is then incomplete
  AE_AVX512 bool find(const Matrix<float>& a, int64_t rows, int64_t columns, int64_t registers,
                      double max_cost);

  const Tiling& tiling() const { return tiling_; }
  /// Rows that are 0 in every column; in no tile.
  const std::vector<int32_t>& empty_rows() const { return empty_; }
  int64_t tiles() const { return tiles_of(tiling_.rows); }
  /// Rows of a tile; the last one may have fewer.
  int64_t rows_of(int64_t tile) const;
  /// Index in the matrix of a tile's i-th row.
  int64_t row(int64_t tile, int64_t i) const;
  /// A row's elements, contiguous.
  const float* elements(int64_t row) const { return elements_ + row * stride_; }

  /// Column indices relative to the first column of a chunk of tiling().depth.
  struct Columns {
    const uint8_t* begin;
    int64_t count;
  };
  Columns columns(int64_t tile, int64_t chunk) const;

 private:
  static constexpr int64_t kBits = 64;  // in a word
  static constexpr int64_t kMaxWords = kMaxSparseColumns / kBits;
  using Words = uint64_t[kMaxWords];

  SparsityPattern();
  int64_t tiles_of(int64_t rows) const;
  /// Copies a transposed matrix to row-major memory.
  AE_AVX512 void copy_transposed(const Matrix<float>& a, int64_t rows, int64_t columns);
  AE_AVX512 void compute_masks(int64_t rows, int64_t columns);
  /// @return the tiling's cost, as a fraction of that of the dense multiplication
  AE_AVX512 double choose_tiling(int64_t columns, int64_t registers);
  AE_AVX512 void list_columns(int64_t columns);
  /// Bitwise or of the masks of a tile's rows.
  void join_masks(int64_t tile, int64_t rows, Words& joined) const;

  const float* elements_ = nullptr;  // of row 0
  int64_t stride_ = 0;
  AlignedVector<float> transposed_;
  std::vector<uint64_t> masks_;   // [rows, kMaxWords], a bit for each nonzero element
  int64_t words_ = 0;             // in a row
  std::vector<int32_t> nonzero_;  // rows that are not 0 in every column
  std::vector<int32_t> empty_;
  Tiling tiling_{};
  int64_t chunks_ = 1;
  std::vector<uint8_t> columns_;  // [tiles, chunks, depth + a register of padding]
  std::vector<int32_t> counts_;   // [tiles, chunks]
};

/// Estimates from a sample of a's rows, [m, k], if it has enough zeros.
bool may_have_zeros(const Matrix<float>& a, int64_t m, int64_t k);

/// c = a b, or c += a b, for a matrix a of known pattern and b, [k, n].
AE_AVX512 void gemm_with_pattern(const SparsityPattern& a, const Matrix<float>& b, int64_t n,
                                 int64_t k, bool accumulate, float* c, int64_t stride);

}  // namespace ae

#endif
