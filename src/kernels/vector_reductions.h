#pragma once

#include <cstdint>

namespace ae {

// Operations of one thread on a contiguous range of flat parameters or gradients.

struct GradientStatistics {
  bool is_finite = true;
  double sum_of_squares = 0;
};
GradientStatistics gradient_statistics(int64_t n, const float* x);
GradientStatistics gradient_statistics(int64_t n, const double* x);

/// x *= factor
void scale(int64_t n, float factor, float* x);
void scale(int64_t n, double factor, double* x);

/// average += weight (x - average), rounded as torch.lerp does.
void lerp(int64_t n, float weight, const float* x, float* average);
void lerp(int64_t n, double weight, const double* x, double* average);

}  // namespace ae
