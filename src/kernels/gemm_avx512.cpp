#include "kernels/gemm_avx512.h"

#include "kernels/avx512.h"
#include "kernels/sparsity_pattern.h"

namespace ae {

#ifdef AE_HAS_AVX512_KERNELS

namespace {

// Rows of a for which it does not pay to lay out b, or to turn a.
constexpr int64_t kMinRows = 12;

bool has_avx512() {
  static const bool has = [] {
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq");
  }();
  return has;
}

}  // namespace

bool prefers_avx512_gemm() {
  static const bool wants = has_avx512() && __builtin_cpu_is("amd");
  return wants;
}

bool gemm_avx512(int64_t m, int64_t n, int64_t k, const Matrix<float>& a, const Matrix<float>& b,
                 bool accumulate, float* c, int64_t stride) {
  if (b.transposed && m < kMinRows) return false;
  const bool turns = b.transposed && m <= kMaxTransposedRows;
  (turns ? gemm_transposed_b : gemm_packed)(m, n, k, a, b, accumulate, c, stride);
  return true;
}

bool may_skip_zeros(int64_t m, int64_t n, int64_t k, const Matrix<float>& a,
                    const Matrix<float>& b) {
  // Sizes from which on it pays to look.
  const bool worth_looking = m >= (b.transposed ? 48 : 16) && n >= 48 && k >= 32;
  return worth_looking && has_avx512() && may_have_zeros(a, m, k);
}

bool gemm_sparse_a(int64_t m, int64_t n, int64_t k, const Matrix<float>& a, const Matrix<float>& b,
                   bool accumulate, float* c, int64_t stride) {
  // The greatest share of the cost. Where the library uses AVX-512, it is faster itself.
  const bool could_turn = b.transposed && m <= kMaxTransposedRows;
  const double worth = !prefers_avx512_gemm() ? 0.6 : could_turn ? 0.72 : 0.85;
  SparsityPattern& nonzeros = SparsityPattern::of_thread();
  if (!nonzeros.find(a, m, k, whole_registers(n) / kFloats, worth)) return false;
  gemm_with_pattern(nonzeros, b, n, k, accumulate, c, stride);
  return true;
}

#else

bool prefers_avx512_gemm() { return false; }

bool gemm_avx512(int64_t, int64_t, int64_t, const Matrix<float>&, const Matrix<float>&, float,
                 float*, int64_t) {
  return false;
}

bool may_skip_zeros(int64_t, int64_t, int64_t, const Matrix<float>&, const Matrix<float>&) {
  return false;
}

bool gemm_sparse_a(int64_t, int64_t, int64_t, const Matrix<float>&, const Matrix<float>&, float,
                   float*, int64_t) {
  return false;
}

#endif

}  // namespace ae
