#include "engine/plan/avx512.h"

#ifdef AE_HAS_AVX512_KERNELS

namespace ae::plan {
namespace {

// Registers: 4 x 6 sums, which hide the latency of two multiply-adds a cycle, and what is loaded
// for them.
constexpr int64_t kDotRows = 4;
constexpr int64_t kDotColumns = 6;

/// sums[i][j] += products of 16 elements, those that `there` has.
template <bool kAll>
AE_AVX512 __attribute__((always_inline)) inline void multiply_elements(
    const float* a, int64_t a_stride, const float* b, int64_t b_stride, __mmask16 there,
    __m512 (&sums)[kDotRows][kDotColumns]) {
  const auto load = [there](const float* from) AE_AVX512 {
    return kAll ? _mm512_loadu_ps(from) : _mm512_maskz_loadu_ps(there, from);
  };
  __m512 left[kDotRows];
#pragma GCC unroll 4
  for (int64_t i = 0; i < kDotRows; ++i) left[i] = load(a + i * a_stride);
#pragma GCC unroll 6
  for (int64_t j = 0; j < kDotColumns; ++j) {
    const __m512 right = load(b + j * b_stride);
#pragma GCC unroll 4
    for (int64_t i = 0; i < kDotRows; ++i) sums[i][j] = _mm512_fmadd_ps(left[i], right, sums[i][j]);
  }
}

/// The sums of four registers.
AE_AVX512 inline __m128 sums_of(const __m512& a, const __m512& b, const __m512& c,
                                const __m512& d) {
  // Halves of pairs side by side, until a lane of 128 bits has one number of each.
  const __m512 ab = _mm512_add_ps(_mm512_unpacklo_ps(a, b), _mm512_unpackhi_ps(a, b));
  const __m512 cd = _mm512_add_ps(_mm512_unpacklo_ps(c, d), _mm512_unpackhi_ps(c, d));
  const __m512 all =
      _mm512_add_ps(_mm512_shuffle_ps(ab, cd, 0x44), _mm512_shuffle_ps(ab, cd, 0xEE));
  const __m256 half = _mm256_add_ps(_mm512_castps512_ps256(all), _mm512_extractf32x8_ps(all, 1));
  return _mm_add_ps(_mm256_castps256_ps128(half), _mm256_extractf128_ps(half, 1));
}

/// Lines of the cache that are soon wanted.
struct NextRows {
  const float* begin;
  int64_t lines;
};

/// Inner products of 4 rows of a with 6 rows of b.
AE_AVX512 void multiply_rows(int64_t k, const float* a, int64_t a_stride, const float* b,
                             int64_t b_stride, const NextRows& next, float* c, int64_t stride) {
  __m512 sums[kDotRows][kDotColumns];
  for (auto& row : sums) {
    for (__m512& sum : row) sum = _mm512_setzero_ps();
  }
  int64_t at = 0;
  for (; at + kFloats <= k; at += kFloats) {
    multiply_elements<true>(a + at, a_stride, b + at, b_stride, 0, sums);
  }
  if (at < k) {
    multiply_elements<false>(a + at, a_stride, b + at, b_stride, first_floats(k - at), sums);
  }
  for (int64_t i = 0; i < next.lines; ++i) _mm_prefetch(next.begin + i * kFloats, _MM_HINT_T0);
#pragma GCC unroll 6
  for (int64_t j = 0; j < kDotColumns; ++j) {
    alignas(16) float four[kDotRows];
    _mm_store_ps(four, sums_of(sums[0][j], sums[1][j], sums[2][j], sums[3][j]));
#pragma GCC unroll 4
    for (int64_t i = 0; i < kDotRows; ++i) c[i * stride + j] = four[i];
  }
}

}  // namespace

bool can_be_product_of_rows(int64_t m, int64_t n) { return m >= kDotRows && n >= kDotColumns; }

// The last tiles overlap those before.
AE_AVX512 void product_of_rows(int64_t m, int64_t n, int64_t k, const Matrix<float>& a,
                               const Matrix<float>& b, float* c, int64_t stride) {
  // While b's rows are at work the next come into the cache, some lines with each tile.
  const int64_t tiles = (m + kDotRows - 1) / kDotRows;
  const int64_t lines = (kDotColumns * b.stride / kFloats + tiles - 1) / tiles;
  for (int64_t column = 0; column < n; column += kDotColumns) {
    const int64_t j = std::min(column, n - kDotColumns);
    const float* next = b.data + (j + kDotColumns) * b.stride;
    const bool has_next = column + 2 * kDotColumns <= n;
    for (int64_t row = 0; row < m; row += kDotRows, next += lines * kFloats) {
      const int64_t i = std::min(row, m - kDotRows);
      multiply_rows(k, a.data + i * a.stride, a.stride, b.data + j * b.stride, b.stride,
                    {next, has_next ? lines : 0}, c + i * stride + j, stride);
    }
  }
}

}  // namespace ae::plan

#endif
