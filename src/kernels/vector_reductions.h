#pragma once

#include <cstdint>

namespace ae {

// Passes over a share of flat parameters or gradients by one thread, for float and double.

/// What is asked of a gradient before it is used.
struct GradientMeasure {
  bool is_finite = true;
  double sum_of_squares = 0;
};
GradientMeasure measure_gradient(int64_t n, const float* x);
GradientMeasure measure_gradient(int64_t n, const double* x);

/// x *= factor
void scale(int64_t n, float factor, float* x);
void scale(int64_t n, double factor, double* x);

/// average += weight (x - average), as torch.lerp rounds it.
void lerp(int64_t n, float weight, const float* x, float* average);
void lerp(int64_t n, double weight, const double* x, double* average);

}  // namespace ae
