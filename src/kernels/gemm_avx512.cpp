#include "kernels/gemm_avx512.h"

#include "kernels/avx512.h"
#include "kernels/sparsity_pattern.h"

namespace ae {

#ifdef AE_HAS_AVX512_KERNELS

namespace {

// Minimum number of rows of a for which packing pays off if b is transposed.
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
  static const bool prefers = has_avx512() && __builtin_cpu_is("amd");
  return prefers;
}

bool gemm_avx512(int64_t m, int64_t n, int64_t k, const Matrix<float>& a, const Matrix<float>& b,
                 bool accumulate, float* c, int64_t stride) {
  if (b.transposed && m < kMinRows) return false;
  const bool few_rows = b.transposed && m <= kMaxTransposedRows;
  (few_rows ? gemm_transposed_b : gemm_packed)(m, n, k, a, b, accumulate, c, stride);
  return true;
}

bool may_skip_zeros(int64_t m, int64_t n, int64_t k, const Matrix<float>& a,
                    const Matrix<float>& b) {
  // Minimum sizes for which looking for zeros pays off.
  const bool large_enough = m >= (b.transposed ? 48 : 16) && n >= 48 && k >= 32;
  return large_enough && has_avx512() && may_have_zeros(a, m, k);
}

bool gemm_sparse_a(int64_t m, int64_t n, int64_t k, const Matrix<float>& a, const Matrix<float>& b,
                   bool accumulate, float* c, int64_t stride) {
  // Maximum fraction of the dense cost; lower where the dense alternative is faster.
  const bool few_rows = b.transposed && m <= kMaxTransposedRows;
  const double max_cost = !prefers_avx512_gemm() ? 0.6 : few_rows ? 0.72 : 0.85;
  SparsityPattern& pattern = SparsityPattern::of_thread();
  if (!pattern.find(a, m, k, whole_registers(n) / kFloatsPerRegister, max_cost)) return false;
  gemm_with_pattern(pattern, b, n, k, accumulate, c, stride);
  return true;
}

#else

bool prefers_avx512_gemm() { return false; }

bool gemm_avx512(int64_t, int64_t, int64_t, const Matrix<float>&, const Matrix<float>&, bool,
                 float*, int64_t) {
  return false;
}

bool may_skip_zeros(int64_t, int64_t, int64_t, const Matrix<float>&, const Matrix<float>&) {
  return false;
}

bool gemm_sparse_a(int64_t, int64_t, int64_t, const Matrix<float>&, const Matrix<float>&, bool,
                   float*, int64_t) {
  return false;
}

#endif

}  // namespace ae
