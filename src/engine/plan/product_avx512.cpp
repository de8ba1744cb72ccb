#include "engine/plan/product_avx512.h"

#include "engine/plan/avx512.h"
#include "engine/plan/nonzeros.h"

namespace ae::plan {

#ifdef AE_HAS_AVX512_KERNELS

namespace {

// Rows of a for which it does not pay to lay out b, or to turn a.
constexpr int64_t kFewRows = 12;

bool has_avx512() {
  static const bool has = [] {
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq");
  }();
  return has;
}

}  // namespace

bool wants_avx512_products() {
  static const bool wants = has_avx512() && __builtin_cpu_is("amd");
  return wants;
}

bool product_avx512(int64_t m, int64_t n, int64_t k, const Matrix<float>& a, const Matrix<float>& b,
                    float beta, float* c, int64_t stride) {
  if (b.transposed && m < kFewRows) return false;
  const bool turns = b.transposed && m <= kMostTurned;
  (turns ? product_turned : product_by_panels)(m, n, k, a, b, beta, c, stride);
  return true;
}

bool may_skip_zeros(int64_t m, int64_t n, int64_t k, const Matrix<float>& a,
                    const Matrix<float>& b) {
  // Sizes from which on it pays to look.
  const bool worth_looking = m >= (b.transposed ? 48 : 16) && n >= 48 && k >= 32;
  return worth_looking && has_avx512() && may_have_zeros(a, m, k);
}

bool product_of_nonzeros(int64_t m, int64_t n, int64_t k, const Matrix<float>& a,
                         const Matrix<float>& b, float beta, float* c, int64_t stride) {
  // The greatest share of the cost. Where the library uses AVX-512, it is faster itself.
  const bool could_turn = b.transposed && m <= kMostTurned;
  const double worth = !wants_avx512_products() ? 0.6 : could_turn ? 0.72 : 0.85;
  NonZeros& nonzeros = NonZeros::of_thread();
  if (!nonzeros.find(a, m, k, whole_registers(n) / kFloats, worth)) return false;
  product_by_nonzeros(nonzeros, b, n, k, beta, c, stride);
  return true;
}

#else

bool wants_avx512_products() { return false; }

bool product_avx512(int64_t, int64_t, int64_t, const Matrix<float>&, const Matrix<float>&, float,
                    float*, int64_t) {
  return false;
}

bool may_skip_zeros(int64_t, int64_t, int64_t, const Matrix<float>&, const Matrix<float>&) {
  return false;
}

bool product_of_nonzeros(int64_t, int64_t, int64_t, const Matrix<float>&, const Matrix<float>&,
                         float, float*, int64_t) {
  return false;
}

#endif

}  // namespace ae::plan
