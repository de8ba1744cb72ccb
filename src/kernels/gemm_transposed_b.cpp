#include "kernels/avx512.h"

#ifdef AE_HAS_AVX512_KERNELS

namespace ae {
namespace {

/// Rows of c' at a time: with a's rows they stay in the second cache.
constexpr int64_t kTurnedRows = 256;

/// A block of c' as a block of c.
struct Block {
  float* c;
  int64_t stride;
  int64_t rows;
  int64_t columns;
  bool add;
};

AE_AVX512 void store_turned(const float* turned, int64_t stride, const Block& to) {
  alignas(64) float block[kFloats * kFloats];
  transpose_block(turned, stride, to.columns, to.rows, block, kFloats);
  const __mmask16 there = first_floats(to.columns);
  for (int64_t i = 0; i < std::min(to.rows, kFloats); ++i) {
    float* c = to.c + i * to.stride;
    __m512 row = _mm512_load_ps(block + i * kFloats);
    if (to.add) row = _mm512_add_ps(row, _mm512_maskz_loadu_ps(there, c));
    _mm512_mask_storeu_ps(c, there, row);
  }
}

}  // namespace

// What is packed are a's few rows; b's, which are many, are read as they lie.
AE_AVX512 void gemm_transposed_b(int64_t m, int64_t n, int64_t k, const Matrix<float>& a,
                                 const Matrix<float>& b, bool accumulate, float* c,
                                 int64_t stride) {
  alignas(64) float turned[kTurnedRows * kMaxTransposedRows];
  const Matrix<float> rows_of_b{b.data, b.stride};
  const Matrix<float> columns_of_a{a.data, a.stride, !a.transposed};
  const int64_t width = whole_registers(m);
  for (int64_t first = 0; first < n; first += kTurnedRows) {
    const int64_t count = std::min(kTurnedRows, n - first);
    gemm_packed(count, m, k, rows_of_b.part(first, 0), columns_of_a, 0.0F, turned, width);
    for (int64_t row = 0; row < m; row += kFloats) {
      for (int64_t column = 0; column < count; column += kFloats) {
        store_turned(turned + column * width + row, width,
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
