#pragma once

#include <cstdint>

#include "kernels/gemm.h"

namespace ae {

/// True where this processor has AVX-512 and LibTorch's BLAS makes no use of it: MKL on AMD's.
bool prefers_avx512_gemm();

/// product() of float by AVX-512. False, with nothing done, for shapes that it is not made for.
bool gemm_avx512(int64_t m, int64_t n, int64_t k, const Matrix<float>& a, const Matrix<float>& b,
                 bool accumulate, float* c, int64_t stride);

/// True where this processor can leave out zeros of a, and from some of its elements there seem to
/// be enough of them.
bool may_skip_zeros(int64_t m, int64_t n, int64_t k, const Matrix<float>& a,
                    const Matrix<float>& b);

/// So much of a matrix product_of_nonzeros() takes at once.
inline constexpr int64_t kMaxSparseRows = 256;
inline constexpr int64_t kMaxSparseColumns = 1024;

/// product() of float by AVX-512, but without the elements of a that are 0: what b has for them
/// does not matter. False, with nothing done, where too little would be saved.
bool gemm_sparse_a(int64_t m, int64_t n, int64_t k, const Matrix<float>& a, const Matrix<float>& b,
                   bool accumulate, float* c, int64_t stride);

}  // namespace ae
