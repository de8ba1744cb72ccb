#include "engine/plan/product_avx512.h"

#include "engine/plan/avx512.h"

namespace ae::plan {

#ifdef AE_HAS_AVX512_KERNELS

bool wants_avx512_products() {
  static const bool wants = [] {
    __builtin_cpu_init();
    return __builtin_cpu_is("amd") && __builtin_cpu_supports("avx512f") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq");
  }();
  return wants;
}

bool product_avx512(int64_t m, int64_t n, int64_t k, const Matrix<float>& a, const Matrix<float>& b,
                    float beta, float* c, int64_t stride) {
  // Rows of a from which on it pays to transpose b.
  constexpr int64_t kWorthPacking = 48;
  if (!b.transposed || m >= kWorthPacking) {
    product_by_panels(m, n, k, a, b, beta, c, stride);
    return true;
  }
  if (a.transposed || beta != 0 || !can_be_product_of_rows(m, n)) return false;
  product_of_rows(m, n, k, a, b, c, stride);
  return true;
}

#else

bool wants_avx512_products() { return false; }

bool product_avx512(int64_t, int64_t, int64_t, const Matrix<float>&, const Matrix<float>&, float,
                    float*, int64_t) {
  return false;
}

#endif

}  // namespace ae::plan
