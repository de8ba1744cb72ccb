#pragma once

#include <cstdint>

namespace ae {

/// A row-major matrix in memory, or its transpose.
template <class T>
struct Matrix {
  const T* data;
  int64_t stride;  ///< between rows in memory, before the transposition (leading dimension)
  bool transposed = false;

  /// The submatrix that starts at [row, column].
  Matrix submatrix(int64_t row, int64_t column) const {
    const int64_t first = transposed ? column * stride + row : row * stride + column;
    return {data + first, stride, transposed};
  }
};

/// General matrix multiplication on the calling thread: c = a b, or c += a b. Zeros of a may be
/// skipped, so NaN and infinity in b do not propagate through them.
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
