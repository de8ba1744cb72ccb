#include "kernels/gemm.h"

#include <algorithm>
#include <type_traits>

#include "kernels/gemm_avx512.h"

#ifndef AE_WITH_BLAS
#include <ATen/ops/addmm.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/mm.h>
#endif

#ifdef AE_WITH_BLAS
// BLAS that LibTorch bundles and exports: its gemm without the dispatcher.
extern "C" {
void sgemm_(const char* transa, const char* transb, const int* m, const int* n, const int* k,
            const float* alpha, const float* a, const int* lda, const float* b, const int* ldb,
            const float* beta, float* c, const int* ldc);
void dgemm_(const char* transa, const char* transb, const int* m, const int* n, const int* k,
            const double* alpha, const double* a, const int* lda, const double* b, const int* ldb,
            const double* beta, double* c, const int* ldc);
}
#endif

namespace ae {
namespace {

/// Multiplications up to which the overhead of a BLAS call exceeds the computation.
constexpr int64_t kMaxNaiveMultiplications = 2048;

template <class T>
T element(const Matrix<T>& matrix, int64_t row, int64_t column) {
  return matrix.transposed ? matrix.data[column * matrix.stride + row]
                           : matrix.data[row * matrix.stride + column];
}

template <class T>
void naive_gemm(int64_t m, int64_t n, int64_t k, const Matrix<T>& a, const Matrix<T>& b,
                bool accumulate, T* c, int64_t stride) {
  for (int64_t i = 0; i < m; ++i) {
    for (int64_t j = 0; j < n; ++j) {
      T sum = 0;
      for (int64_t l = 0; l < k; ++l) sum += element(a, i, l) * element(b, l, j);
      T& to = c[i * stride + j];
      to = accumulate ? sum + to : sum;
    }
  }
}

#ifdef AE_WITH_BLAS
void call_blas(const char* ta, const char* tb, const int* size, const float* a, const int* lda,
               const float* b, const int* ldb, bool accumulate, float* c, const int* ldc) {
  const float one = 1;
  const float beta = accumulate ? 1 : 0;
  sgemm_(ta, tb, &size[0], &size[1], &size[2], &one, a, lda, b, ldb, &beta, c, ldc);
}

void call_blas(const char* ta, const char* tb, const int* size, const double* a, const int* lda,
               const double* b, const int* ldb, bool accumulate, double* c, const int* ldc) {
  const double one = 1;
  const double beta = accumulate ? 1 : 0;
  dgemm_(ta, tb, &size[0], &size[1], &size[2], &one, a, lda, b, ldb, &beta, c, ldc);
}

/// BLAS is column-major, where a row-major matrix is its transpose: computes c' = b' a'.
template <class T>
void blas_gemm(int64_t m, int64_t n, int64_t k, const Matrix<T>& a, const Matrix<T>& b,
               bool accumulate, T* c, int64_t stride) {
  const int size[] = {static_cast<int>(n), static_cast<int>(m), static_cast<int>(k)};
  const int lda = static_cast<int>(a.stride);
  const int ldb = static_cast<int>(b.stride);
  const int ldc = static_cast<int>(stride);
  call_blas(b.transposed ? "T" : "N", a.transposed ? "T" : "N", size, b.data, &ldb, a.data, &lda,
            accumulate, c, &ldc);
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
void blas_gemm(int64_t m, int64_t n, int64_t k, const Matrix<T>& a, const Matrix<T>& b,
               bool accumulate, T* c, int64_t stride) {
  at::Tensor out = tensor_of<T>({c, stride}, m, n);
  if (!accumulate) {
    at::mm_out(out, tensor_of(a, m, k), tensor_of(b, k, n));
  } else {
    at::addmm_out(out, out, tensor_of(a, m, k), tensor_of(b, k, n));
  }
}
#endif

template <class T>
void dense_gemm(int64_t m, int64_t n, int64_t k, const Matrix<T>& a, const Matrix<T>& b,
                bool accumulate, T* c, int64_t stride) {
  if constexpr (std::is_same_v<T, float>) {
    if (prefers_avx512_gemm() && gemm_avx512(m, n, k, a, b, accumulate, c, stride)) return;
  }
  blas_gemm(m, n, k, a, b, accumulate, c, stride);
}

/// Skips zeros in each block of a if that saves enough.
void sparse_gemm(int64_t m, int64_t n, int64_t k, const Matrix<float>& a, const Matrix<float>& b,
                 bool accumulate, float* c, int64_t stride) {
  for (int64_t row = 0; row < m; row += kMaxSparseRows) {
    const int64_t rows = std::min(kMaxSparseRows, m - row);
    for (int64_t step = 0; step < k; step += kMaxSparseColumns) {
      const int64_t steps = std::min(kMaxSparseColumns, k - step);
      const auto multiply_block = [&](const auto& function) {
        return function(rows, n, steps, a.submatrix(row, step), b.submatrix(step, 0),
                        step > 0 || accumulate, c + row * stride, stride);
      };
      if (!multiply_block(gemm_sparse_a)) multiply_block(dense_gemm<float>);
    }
  }
}

template <class T>
void dispatch_gemm(int64_t m, int64_t n, int64_t k, const Matrix<T>& a, const Matrix<T>& b,
                   bool accumulate, T* c, int64_t stride) {
  if (m * n * k <= kMaxNaiveMultiplications)
    return naive_gemm(m, n, k, a, b, accumulate, c, stride);
  if constexpr (std::is_same_v<T, float>) {
    if (may_skip_zeros(m, n, k, a, b)) return sparse_gemm(m, n, k, a, b, accumulate, c, stride);
  }
  dense_gemm(m, n, k, a, b, accumulate, c, stride);
}

}  // namespace

void gemm(int64_t m, int64_t n, int64_t k, Matrix<float> a, Matrix<float> b, bool accumulate,
          float* c, int64_t stride) {
  dispatch_gemm(m, n, k, a, b, accumulate, c, stride);
}

void gemm(int64_t m, int64_t n, int64_t k, Matrix<double> a, Matrix<double> b, bool accumulate,
          double* c, int64_t stride) {
  dispatch_gemm(m, n, k, a, b, accumulate, c, stride);
}

}  // namespace ae
