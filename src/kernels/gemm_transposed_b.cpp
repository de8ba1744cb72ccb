#include "kernels/avx512.h"

#ifdef AE_HAS_AVX512_KERNELS

namespace ae {
namespace {

/// Rows of c' at a time: with a's rows they fit the L2 cache.
constexpr int64_t kChunkRows = 256;

/// A block of c that a block of c' is stored to.
struct Block {
  float* c;
  int64_t stride;
  int64_t rows;
  int64_t columns;
  bool add;
};

AE_AVX512 void store_transposed(const float* transposed, int64_t stride, const Block& to) {
  alignas(64) float block[kFloatsPerRegister * kFloatsPerRegister];
  transpose_block(transposed, stride, to.columns, to.rows, block, kFloatsPerRegister);
  const __mmask16 valid = first_floats(to.columns);
  for (int64_t i = 0; i < std::min(to.rows, kFloatsPerRegister); ++i) {
    float* c = to.c + i * to.stride;
    __m512 row = _mm512_load_ps(block + i * kFloatsPerRegister);
    if (to.add) row = _mm512_add_ps(row, _mm512_maskz_loadu_ps(valid, c));
    _mm512_mask_storeu_ps(c, valid, row);
  }
}

}  // namespace

// Packs the few rows of a; the many rows of b are read in place.
AE_AVX512 void gemm_transposed_b(int64_t m, int64_t n, int64_t k, const Matrix<float>& a,
                                 const Matrix<float>& b, bool accumulate, float* c,
                                 int64_t stride) {
  alignas(64) float transposed[kChunkRows * kMaxTransposedRows];
  const Matrix<float> rows_of_b{b.data, b.stride};
  const Matrix<float> columns_of_a{a.data, a.stride, !a.transposed};
  const int64_t width = whole_registers(m);
  for (int64_t first = 0; first < n; first += kChunkRows) {
    const int64_t count = std::min(kChunkRows, n - first);
    gemm_packed(count, m, k, rows_of_b.submatrix(first, 0), columns_of_a, /*accumulate=*/false,
                transposed, width);
    for (int64_t row = 0; row < m; row += kFloatsPerRegister) {
      for (int64_t column = 0; column < count; column += kFloatsPerRegister) {
        store_transposed(transposed + column * width + row, width,
                         {.c = c + row * stride + first + column,
                          .stride = stride,
                          .rows = m - row,
                          .columns = count - column,
                          .add = accumulate});
      }
    }
  }
}

}  // namespace ae

#endif
