#pragma once

#include <cstdint>

namespace ae {

/// A matrix in row-major memory, or its transpose.
template <class T>
struct Matrix {
  const T* data;
  int64_t stride;  ///< between rows as they lie in memory
  bool transposed = false;

  /// What is to the right of a column and below a row.
  Matrix part(int64_t row, int64_t column) const {
    const int64_t first = transposed ? column * stride + row : row * stride + column;
    return {data + first, stride, transposed};
  }
};

/// General matrix multiplication by the calling thread: c = a b, or c += a b. Elements of a that
/// are 0 may be skipped, so that NaN and infinity of b count only where a is not 0.
/// @param a           [m, k]
/// @param b           [k, n]
/// @param accumulate  add to c; otherwise c is not read
/// @param c           [m, n]
/// @param stride      between rows of c
void gemm(int64_t m, int64_t n, int64_t k, Matrix<float> a, Matrix<float> b, bool accumulate,
          float* c, int64_t stride);
void gemm(int64_t m, int64_t n, int64_t k, Matrix<double> a, Matrix<double> b, bool accumulate,
          double* c, int64_t stride);

}  // namespace ae
