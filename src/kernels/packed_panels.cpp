#include "kernels/packed_panels.h"

#ifdef AE_HAS_AVX512_KERNELS

namespace ae {
namespace {

/// Interleaves pairs of floats of two registers.
AE_AVX512 inline __m512 low_pairs(const __m512& a, const __m512& b) {
  return _mm512_castpd_ps(_mm512_unpacklo_pd(_mm512_castps_pd(a), _mm512_castps_pd(b)));
}
AE_AVX512 inline __m512 high_pairs(const __m512& a, const __m512& b) {
  return _mm512_castpd_ps(_mm512_unpackhi_pd(_mm512_castps_pd(a), _mm512_castps_pd(b)));
}

/// Packs a panel of a b that is not transposed.
/// @param registers  of a row: a constant after inlining
AE_AVX512 __attribute__((always_inline)) inline void pack_rows(const PackedPanel& b,
                                                               int64_t registers, float* panel) {
  const __mmask16 last = b.last_register();
  const float* row = b.begin;
  for (int64_t k = 0; k < b.depth; ++k, row += b.stride, panel += registers * kFloatsPerRegister) {
    for (int64_t j = 0; j < registers - 1; ++j) {
      _mm512_store_ps(panel + j * kFloatsPerRegister,
                      _mm512_loadu_ps(row + j * kFloatsPerRegister));
    }
    const int64_t j = registers - 1;
    _mm512_store_ps(panel + j * kFloatsPerRegister,
                    _mm512_maskz_loadu_ps(last, row + j * kFloatsPerRegister));
  }
}

/// Packs a panel of a transposed b.
AE_AVX512 void pack_columns(const PackedPanel& b, float* panel) {
  const int64_t width = b.registers() * kFloatsPerRegister;
  for (int64_t k = 0; k < b.depth; k += kFloatsPerRegister) {
    for (int64_t column = 0; column < width; column += kFloatsPerRegister) {
      transpose_block(b.begin + column * b.stride + k, b.stride, b.columns - column, b.depth - k,
                      panel + k * width + column, width);
    }
  }
}

}  // namespace

AE_AVX512 void transpose_block(const float* block, int64_t stride, int64_t count, int64_t columns,
                               float* to, int64_t to_stride) {
  const __mmask16 valid = first_floats(columns);
  __m512 rows[kFloatsPerRegister];
  __m512 pairs[kFloatsPerRegister];
#pragma GCC unroll 16
  for (int64_t i = 0; i < kFloatsPerRegister; ++i) {
    rows[i] = i < count ? _mm512_maskz_loadu_ps(valid, block + i * stride) : _mm512_setzero_ps();
  }
#pragma GCC unroll 8
  for (int64_t i = 0; i < kFloatsPerRegister; i += 2) {
    pairs[i] = _mm512_unpacklo_ps(rows[i], rows[i + 1]);
    pairs[i + 1] = _mm512_unpackhi_ps(rows[i], rows[i + 1]);
  }
  // Lane l of rows[4 q + c] becomes elements 4 l + c of rows 4 q to 4 q + 3.
#pragma GCC unroll 4
  for (int64_t i = 0; i < kFloatsPerRegister; i += 4) {
    rows[i] = low_pairs(pairs[i], pairs[i + 2]);
    rows[i + 1] = high_pairs(pairs[i], pairs[i + 2]);
    rows[i + 2] = low_pairs(pairs[i + 1], pairs[i + 3]);
    rows[i + 3] = high_pairs(pairs[i + 1], pairs[i + 3]);
  }
#pragma GCC unroll 4
  for (int64_t c = 0; c < 4; ++c) {
    const __m512 even_left = _mm512_shuffle_f32x4(rows[c], rows[4 + c], 0x88);
    const __m512 odd_left = _mm512_shuffle_f32x4(rows[c], rows[4 + c], 0xDD);
    const __m512 even_right = _mm512_shuffle_f32x4(rows[8 + c], rows[12 + c], 0x88);
    const __m512 odd_right = _mm512_shuffle_f32x4(rows[8 + c], rows[12 + c], 0xDD);
    float* row = to + c * to_stride;
    _mm512_storeu_ps(row, _mm512_shuffle_f32x4(even_left, even_right, 0x88));
    _mm512_storeu_ps(row + 4 * to_stride, _mm512_shuffle_f32x4(odd_left, odd_right, 0x88));
    _mm512_storeu_ps(row + 8 * to_stride, _mm512_shuffle_f32x4(even_left, even_right, 0xDD));
    _mm512_storeu_ps(row + 12 * to_stride, _mm512_shuffle_f32x4(odd_left, odd_right, 0xDD));
  }
}

int64_t even_depth(int64_t k, int64_t max_depth) {
  const int64_t chunks = (k + max_depth - 1) / max_depth;
  return whole_registers((k + chunks - 1) / chunks);
}

PackedPanel Panels::at(int64_t panel, int64_t chunk) const {
  const int64_t column = this->column(panel);
  const int64_t first = chunk * depth_;
  const float* begin =
      b_.data + (b_.transposed ? column * b_.stride + first : first * b_.stride + column);
  return {begin, b_.stride, b_.transposed, std::min(depth_, k_ - first),
          std::min(this->column(panel + 1), n_) - column};
}

PackedPanel Panels::after(int64_t panel, int64_t chunk) const {
  if (chunk + 1 < down()) return at(panel, chunk + 1);
  if (panel + 1 < across_) return at(panel + 1, 0);
  return {nullptr, 0, false, 0, 0};
}

AE_AVX512 void pack(const PackedPanel& b, float* panel) {
  if (b.transposed) return pack_columns(b, panel);
  // Specialised for the usual width.
  b.registers() == 2 ? pack_rows(b, 2, panel) : pack_rows(b, b.registers(), panel);
}

}  // namespace ae

#endif
