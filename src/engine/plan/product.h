#pragma once

#include <cstdint>

namespace ae::plan {

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

/// c = a b + beta c, on this thread alone: a is [m, k], b is [k, n], c is [m, n]. What c held is
/// not read where beta is 0. Zeros of a may be left out: whatever b has for them adds nothing.
/// @param stride  between rows of c
void product(int64_t m, int64_t n, int64_t k, Matrix<float> a, Matrix<float> b, float beta,
             float* c, int64_t stride);
void product(int64_t m, int64_t n, int64_t k, Matrix<double> a, Matrix<double> b, double beta,
             double* c, int64_t stride);

}  // namespace ae::plan
