#pragma once

#include <cstdint>

#include "kernels/pointwise.h"

namespace ae {

// The objective's terms and their gradients, each in one pass over plain memory, for float and
// double.

/// What a loss comes to over n values.
struct LossSums {
  double error;          ///< before its weight
  double squared_error;  ///< of the mean that the output stands for
};

/// gradient = factor times the loss's derivative by the output. All have n values.
LossSums loss_forward_backward(PointwiseLoss kind, int64_t n, const float* output,
                               const float* target, float factor, float* gradient);
LossSums loss_forward_backward(PointwiseLoss kind, int64_t n, const double* output,
                               const double* target, double factor, double* gradient);

/// draw = mean + exp(log_variance / 2) noise. All have n values.
/// @return the divergence from the standard normal distribution, summed
double reparameterize(int64_t n, const float* mean, const float* log_variance, const float* noise,
                      float* draw);
double reparameterize(int64_t n, const double* mean, const double* log_variance,
                      const double* noise, double* draw);

/// A draw's gradient, and `kl_factor` times the divergence's, carried to mean and log-variance.
template <class T>
struct ReparameterizeGradient {
  const T* mean;
  const T* log_variance;
  const T* noise;
  const T* grad_sample;
  T* grad_mean;
  T* grad_log_variance;
};
void reparameterize_backward(int64_t n, const ReparameterizeGradient<float>& gradient,
                             float kl_factor);
void reparameterize_backward(int64_t n, const ReparameterizeGradient<double>& gradient,
                             double kl_factor);

/// gradient += factor * sign(x). @return the sum of |x|
double l1_forward_backward(int64_t n, const float* x, float factor, float* gradient);
double l1_forward_backward(int64_t n, const double* x, double factor, double* gradient);

}  // namespace ae
