#pragma once

// Shared by the AVX-512 kernels: compiled if the compiler supports AVX-512, called only if the
// processor does.

#if defined(__x86_64__) && (defined(__clang__) || defined(__GNUC__))
#define AE_HAS_AVX512_KERNELS
#include <immintrin.h>

#include <algorithm>
#include <cstdint>

#include "kernels/gemm.h"

#define AE_AVX512 __attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,fma,popcnt")))

namespace ae {

/// Floats in a register.
inline constexpr int64_t kFloatsPerRegister = 16;

/// Mask of the first `count` floats of a register.
inline __mmask16 first_floats(int64_t count) {
  return static_cast<__mmask16>((1U << std::clamp<int64_t>(count, 0, kFloatsPerRegister)) - 1U);
}

/// `count` rounded up to a multiple of the register width.
inline int64_t whole_registers(int64_t count) {
  return (count + kFloatsPerRegister - 1) / kFloatsPerRegister * kFloatsPerRegister;
}

/// Transposes a block of up to 16 x 16 elements, zero-padded.
/// @param block  [rows, columns]
/// @param to     [16, 16]
AE_AVX512 void transpose_block(const float* block, int64_t stride, int64_t rows, int64_t columns,
                               float* to, int64_t to_stride);

/// c = a b, or c += a b if `accumulate`. Packs b one panel at a time.
AE_AVX512 void gemm_packed(int64_t m, int64_t n, int64_t k, const Matrix<float>& a,
                           const Matrix<float>& b, bool accumulate, float* c, int64_t stride);

/// Maximum number of rows of a in gemm_transposed_b().
inline constexpr int64_t kMaxTransposedRows = 128;

/// gemm_packed() for a transposed b, computed as c' = b' a': faster if a has few rows.
AE_AVX512 void gemm_transposed_b(int64_t m, int64_t n, int64_t k, const Matrix<float>& a,
                                 const Matrix<float>& b, bool accumulate, float* c, int64_t stride);

}  // namespace ae

#endif
