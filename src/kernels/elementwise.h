#pragma once

#include <cstdint>

#include "kernels/pointwise.h"

namespace ae {

// Elementwise operations and reductions on contiguous row-major memory. Each makes one pass where
// LibTorch's operations make several.

/// y = activation(y + bias). @param y [rows, width] @param bias [width]
void add_bias_and_activate(const PointwiseActivation& activation, int64_t rows, int64_t width,
                           const float* bias, float* y);
void add_bias_and_activate(const PointwiseActivation& activation, int64_t rows, int64_t width,
                           const double* bias, double* y);

/// gradient *= the activation's derivative, as a function of its output y. Both have n values.
void activation_backward(const PointwiseActivation& activation, int64_t n, const float* y,
                         float* gradient);
void activation_backward(const PointwiseActivation& activation, int64_t n, const double* y,
                         double* gradient);

/// sums[j] = sum over i of x[i, j] + beta sums[j]. @param stride between rows of x
void sum_rows(int64_t rows, int64_t width, const float* x, int64_t stride, float beta, float* sums);
void sum_rows(int64_t rows, int64_t width, const double* x, int64_t stride, double beta,
              double* sums);

/// Transposes n matrices. @param x [n, lines, width] @param y [n, width, lines]
void transpose(int64_t n, int64_t lines, int64_t width, const float* x, float* y);
void transpose(int64_t n, int64_t lines, int64_t width, const double* x, double* y);

/// y += factor x. Both have n values.
void add_scaled(int64_t n, float factor, const float* x, float* y);
void add_scaled(int64_t n, double factor, const double* x, double* y);

/// The sum of x y over n values.
float dot(int64_t n, const float* x, const float* y);
double dot(int64_t n, const double* x, const double* y);

/// Maximum of each block of `length` values; NaN if one of them is not finite.
void find_maxima(int64_t blocks, int64_t length, const float* x, float* maxima);
void find_maxima(int64_t blocks, int64_t length, const double* x, double* maxima);

/// Counts nonzero values; sets active[j] to 1 if any x[i, j] is nonzero.
int64_t count_active(int64_t rows, int64_t width, const float* x, uint8_t* active);
int64_t count_active(int64_t rows, int64_t width, const double* x, uint8_t* active);

}  // namespace ae
