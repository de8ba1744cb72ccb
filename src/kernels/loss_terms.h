#pragma once

#include <cstdint>

#include "kernels/pointwise.h"

namespace ae {

// Loss terms and their gradients, each in one pass over contiguous memory.

/// A loss summed over n values.
struct LossSums {
  double error;          ///< unweighted
  double squared_error;  ///< of the predicted mean
};

/// gradient = factor times the derivative of the loss with respect to the output. All arrays have
/// n values.
LossSums loss_forward_backward(PointwiseLoss kind, int64_t n, const float* output,
                               const float* target, float factor, float* gradient);
LossSums loss_forward_backward(PointwiseLoss kind, int64_t n, const double* output,
                               const double* target, double factor, double* gradient);

/// sample = mean + exp(log_variance / 2) noise. All arrays have n values.
/// @return KL divergence from the standard normal distribution, summed, in nats
double reparameterize(int64_t n, const float* mean, const float* log_variance, const float* noise,
                      float* sample);
double reparameterize(int64_t n, const double* mean, const double* log_variance,
                      const double* noise, double* sample);

/// Arrays of reparameterize_backward(), n values each. The gradient of mean and log-variance is the
/// sample's plus `kl_factor` times the KL divergence's.
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

/// gradient += factor * sign(x). @return sum of |x|
double l1_forward_backward(int64_t n, const float* x, float factor, float* gradient);
double l1_forward_backward(int64_t n, const double* x, double factor, double* gradient);

}  // namespace ae
