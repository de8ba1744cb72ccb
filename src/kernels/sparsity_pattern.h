#pragma once

#include "kernels/avx512.h"
#include "kernels/gemm_avx512.h"

#ifdef AE_HAS_AVX512_KERNELS

#include <vector>

#include "core/aligned_vector.h"

namespace ae {

/// How a product goes over its parts: `rows` of a and `registers` of c's columns make a tile, whose
/// sums stay in registers for `depth` steps of the inner dimension at a time.
struct Tiling {
  int64_t rows;
  int64_t registers;
  int64_t depth;  ///< so many rows of a panel of b stay in the first cache; at most 256
};

/// What of a matrix a product has to multiply: its rows in tiles, and for each tile the columns in
/// which one of its rows is not 0.
class SparsityPattern {
 public:
  /// Of a panel of b: with what else is at work it stays in a first cache of 32 KB.
  static constexpr int64_t kPanelFloats = 6144;

  /// Memory for the largest matrix, once for each thread.
  static SparsityPattern& of_thread();

  /// @param a          [rows, columns], which must stay; 256 x 1,024 at most
  /// @param registers  of a row of the product
  /// @param worth      greatest share of the cost of multiplying everything
  /// @return           false, with nothing listed, where this would cost more
  AE_AVX512 bool find(const Matrix<float>& a, int64_t rows, int64_t columns, int64_t registers,
                      double worth);

  const Tiling& tiling() const { return tiling_; }
  /// Rows that are 0 in every column; no tile has them.
  const std::vector<int32_t>& empty_rows() const { return empty_; }
  int64_t tiles() const { return tiles_of(tiling_.rows); }
  /// Of a tile; the last one may have fewer.
  int64_t rows_of(int64_t tile) const;
  /// The number in the matrix of a tile's row.
  int64_t row(int64_t tile, int64_t i) const;
  /// A row's elements, one after another.
  const float* elements(int64_t row) const { return elements_ + row * stride_; }

  /// Columns, counted from the first of a chunk of tiling().depth.
  struct Columns {
    const uint8_t* begin;
    int64_t count;
  };
  Columns columns(int64_t tile, int64_t chunk) const;

 private:
  static constexpr int64_t kBits = 64;  // of a word
  static constexpr int64_t kMaxWords = kMaxSparseColumns / kBits;
  using Words = uint64_t[kMaxWords];

  SparsityPattern();
  int64_t tiles_of(int64_t rows) const;
  /// Lays a transposed matrix's rows one after another.
  AE_AVX512 void turn(const Matrix<float>& a, int64_t rows, int64_t columns);
  AE_AVX512 void mark(int64_t rows, int64_t columns);
  /// @return what this costs, as a share of what multiplying everything costs
  AE_AVX512 double choose_tiling(int64_t columns, int64_t registers);
  AE_AVX512 void list(int64_t columns);
  /// Marks the columns in which one of a tile's rows is not 0.
  void join(int64_t tile, int64_t rows, Words& joined) const;

  const float* elements_ = nullptr;  // of row 0
  int64_t stride_ = 0;
  AlignedVector<float> turned_;
  std::vector<uint64_t> marks_;    // [rows, kMostWords], a bit for each element that is not 0
  int64_t words_ = 0;              // of a row
  std::vector<int32_t> occupied_;  // rows that are not 0 in every column
  std::vector<int32_t> empty_;
  Tiling tiling_{};
  int64_t chunks_ = 1;
  std::vector<uint8_t> columns_;  // [tiles, chunks, depth and room for a register]
  std::vector<int32_t> counts_;   // [tiles, chunks]
};

/// A guess from some of a's elements, [m, k].
bool may_have_zeros(const Matrix<float>& a, int64_t m, int64_t k);

/// c = or += the a that is known, times b, [k, n].
AE_AVX512 void gemm_with_pattern(const SparsityPattern& a, const Matrix<float>& b, int64_t n,
                                 int64_t k, bool accumulate, float* c, int64_t stride);

}  // namespace ae

#endif
