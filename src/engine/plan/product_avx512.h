#pragma once

#include <cstdint>

#include "engine/plan/product.h"

namespace ae::plan {

/// True where this processor has AVX-512 and LibTorch's BLAS makes no use of it: MKL on AMD's.
bool wants_avx512_products();

/// product() of float by AVX-512. False, with nothing done, for shapes that it is not made for.
bool product_avx512(int64_t m, int64_t n, int64_t k, const Matrix<float>& a, const Matrix<float>& b,
                    float beta, float* c, int64_t stride);

}  // namespace ae::plan
