#pragma once

#include <cstdint>

#include "kernels/gemm.h"

namespace ae {

/// Returns true if the processor has AVX-512 and LibTorch's BLAS does not use it (MKL on AMD).
bool prefers_avx512_gemm();

/// gemm() with AVX-512.
/// @return false if the shapes are not supported; c is then unchanged
bool gemm_avx512(int64_t m, int64_t n, int64_t k, const Matrix<float>& a, const Matrix<float>& b,
                 bool accumulate, float* c, int64_t stride);

/// Returns true if the processor has AVX-512 and a sample of a's rows has enough zeros to try
/// gemm_sparse_a().
bool may_skip_zeros(int64_t m, int64_t n, int64_t k, const Matrix<float>& a,
                    const Matrix<float>& b);

/// Maximum size of a in gemm_sparse_a().
inline constexpr int64_t kMaxSparseRows = 256;
inline constexpr int64_t kMaxSparseColumns = 1024;

/// gemm() with AVX-512 that skips zeros of a and does not read the rows of b that they multiply.
/// @return false if skipping would save too little; c is then unchanged
bool gemm_sparse_a(int64_t m, int64_t n, int64_t k, const Matrix<float>& a, const Matrix<float>& b,
                   bool accumulate, float* c, int64_t stride);

}  // namespace ae
