#include "engine/plan/product.h"

#include <algorithm>
#include <type_traits>

#include "engine/plan/product_avx512.h"

#ifndef AE_WITH_BLAS
#include <ATen/ops/addmm.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/mm.h>
#endif

#ifdef AE_WITH_BLAS
// LibTorch's own, which it exports: the same products without the dispatch.
extern "C" {
void sgemm_(const char* transa, const char* transb, const int* m, const int* n, const int* k,
            const float* alpha, const float* a, const int* lda, const float* b, const int* ldb,
            const float* beta, float* c, const int* ldc);
void dgemm_(const char* transa, const char* transb, const int* m, const int* n, const int* k,
            const double* alpha, const double* a, const int* lda, const double* b, const int* ldb,
            const double* beta, double* c, const int* ldc);
}
#endif

namespace ae::plan {
namespace {

/// Multiplications up to which a call of a library costs more than the product.
constexpr int64_t kFewMultiplications = 2048;

template <class T>
T element(const Matrix<T>& matrix, int64_t row, int64_t column) {
  return matrix.transposed ? matrix.data[column * matrix.stride + row]
                           : matrix.data[row * matrix.stride + column];
}

template <class T>
void small_product(int64_t m, int64_t n, int64_t k, const Matrix<T>& a, const Matrix<T>& b, T beta,
                   T* c, int64_t stride) {
  for (int64_t i = 0; i < m; ++i) {
    for (int64_t j = 0; j < n; ++j) {
      T sum = 0;
      for (int64_t l = 0; l < k; ++l) sum += element(a, i, l) * element(b, l, j);
      T& to = c[i * stride + j];
      to = beta == 0 ? sum : sum + beta * to;
    }
  }
}

#ifdef AE_WITH_BLAS
void gemm(const char* ta, const char* tb, const int* size, const float* a, const int* lda,
          const float* b, const int* ldb, float beta, float* c, const int* ldc) {
  const float one = 1;
  sgemm_(ta, tb, &size[0], &size[1], &size[2], &one, a, lda, b, ldb, &beta, c, ldc);
}

void gemm(const char* ta, const char* tb, const int* size, const double* a, const int* lda,
          const double* b, const int* ldb, double beta, double* c, const int* ldc) {
  const double one = 1;
  dgemm_(ta, tb, &size[0], &size[1], &size[2], &one, a, lda, b, ldb, &beta, c, ldc);
}

/// The library counts by columns, for which a row-major matrix is its transpose: c' = b' a'.
template <class T>
void large_product(int64_t m, int64_t n, int64_t k, const Matrix<T>& a, const Matrix<T>& b, T beta,
                   T* c, int64_t stride) {
  const int size[] = {static_cast<int>(n), static_cast<int>(m), static_cast<int>(k)};
  const int lda = static_cast<int>(a.stride);
  const int ldb = static_cast<int>(b.stride);
  const int ldc = static_cast<int>(stride);
  gemm(b.transposed ? "T" : "N", a.transposed ? "T" : "N", size, b.data, &ldb, a.data, &lda, beta,
       c, &ldc);
}
#else
template <class T>
at::Tensor tensor_of(const Matrix<T>& matrix, int64_t rows, int64_t columns) {
  const std::array<int64_t, 2> strides = {matrix.transposed ? 1 : matrix.stride,
                                          matrix.transposed ? matrix.stride : 1};
  return at::from_blob(const_cast<T*>(matrix.data), {rows, columns}, strides,
                       c10::CppTypeToScalarType<T>::value);
}

template <class T>
void large_product(int64_t m, int64_t n, int64_t k, const Matrix<T>& a, const Matrix<T>& b, T beta,
                   T* c, int64_t stride) {
  at::Tensor out = tensor_of<T>({c, stride}, m, n);
  if (beta == 0) {
    at::mm_out(out, tensor_of(a, m, k), tensor_of(b, k, n));
  } else {
    at::addmm_out(out, out, tensor_of(a, m, k), tensor_of(b, k, n), beta);
  }
}
#endif

template <class T>
void dense_product(int64_t m, int64_t n, int64_t k, const Matrix<T>& a, const Matrix<T>& b, T beta,
                   T* c, int64_t stride) {
  if constexpr (std::is_same_v<T, float>) {
    if (wants_avx512_products() && product_avx512(m, n, k, a, b, beta, c, stride)) return;
  }
  large_product(m, n, k, a, b, beta, c, stride);
}

/// Leaves out what is 0 of each block of a where that saves enough.
void sparse_product(int64_t m, int64_t n, int64_t k, const Matrix<float>& a, const Matrix<float>& b,
                    float beta, float* c, int64_t stride) {
  for (int64_t row = 0; row < m; row += kMostRowsOfNonzeros) {
    const int64_t rows = std::min(kMostRowsOfNonzeros, m - row);
    for (int64_t step = 0; step < k; step += kMostColumnsOfNonzeros) {
      const int64_t steps = std::min(kMostColumnsOfNonzeros, k - step);
      const auto part = [&](const auto& function) {
        return function(rows, n, steps, a.part(row, step), b.part(step, 0), step > 0 ? 1 : beta,
                        c + row * stride, stride);
      };
      if (!part(product_of_nonzeros)) part(dense_product<float>);
    }
  }
}

template <class T>
void any_product(int64_t m, int64_t n, int64_t k, const Matrix<T>& a, const Matrix<T>& b, T beta,
                 T* c, int64_t stride) {
  if (m * n * k <= kFewMultiplications) return small_product(m, n, k, a, b, beta, c, stride);
  if constexpr (std::is_same_v<T, float>) {
    if (may_skip_zeros(m, n, k, a, b)) return sparse_product(m, n, k, a, b, beta, c, stride);
  }
  dense_product(m, n, k, a, b, beta, c, stride);
}

}  // namespace

void product(int64_t m, int64_t n, int64_t k, Matrix<float> a, Matrix<float> b, float beta,
             float* c, int64_t stride) {
  any_product(m, n, k, a, b, beta, c, stride);
}

void product(int64_t m, int64_t n, int64_t k, Matrix<double> a, Matrix<double> b, double beta,
             double* c, int64_t stride) {
  any_product(m, n, k, a, b, beta, c, stride);
}

}  // namespace ae::plan
