#pragma once

// What the kernels of AVX-512 share. They are compiled wherever the compiler can, and called where
// the processor can.

#if defined(__x86_64__) && (defined(__clang__) || defined(__GNUC__))
#define AE_HAS_AVX512_KERNELS
#include <immintrin.h>

#include <algorithm>
#include <cstdint>

#include "kernels/gemm.h"

#define AE_AVX512 __attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,fma,popcnt")))

namespace ae {

/// In a register.
inline constexpr int64_t kFloats = 16;

/// The first `count` floats of a register.
inline __mmask16 first_floats(int64_t count) {
  return static_cast<__mmask16>((1U << std::clamp<int64_t>(count, 0, kFloats)) - 1U);
}

/// So many as fill whole registers.
inline int64_t whole_registers(int64_t count) { return (count + kFloats - 1) / kFloats * kFloats; }

/// 16 x 16 elements, of which memory has `rows` x `columns`, transposed: 16 rows of 16, with 0 for
/// those that memory does not have.
AE_AVX512 void transpose_block(const float* block, int64_t stride, int64_t rows, int64_t columns,
                               float* to, int64_t to_stride);

/// c = a b, or c += a b where accumulate is not 0, by panels of b that are packed one after
/// another.
AE_AVX512 void gemm_packed(int64_t m, int64_t n, int64_t k, const Matrix<float>& a,
                           const Matrix<float>& b, bool accumulate, float* c, int64_t stride);

/// The same where b is transposed, as c' = b' a': faster for few rows of a, at most kMostTurned.
inline constexpr int64_t kMaxTransposedRows = 128;
AE_AVX512 void gemm_transposed_b(int64_t m, int64_t n, int64_t k, const Matrix<float>& a,
                                 const Matrix<float>& b, bool accumulate, float* c, int64_t stride);

}  // namespace ae

#endif
