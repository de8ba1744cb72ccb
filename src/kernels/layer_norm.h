#pragma once

#include <cstdint>

#include "kernels/pointwise.h"

namespace ae {

// Layer normalisation of rows, for float and double; matrices are row-major.
// Source: Ba et al. 2016 (arXiv:1607.06450).

/// A batch of rows and the parameters of their normalisation.
template <class T>
struct LayerNorm {
  int64_t rows;
  int64_t width;
  double epsilon;   ///< added to variances
  const T* weight;  ///< [width]
  const T* bias;    ///< [width]
};

/// y = activation(normalised x * weight + bias)
/// @param x      [rows, width]
/// @param stats  [rows, 2] receives each row's mean and 1 / standard deviation
void layer_norm_forward(const LayerNorm<float>& norm, const PointwiseActivation& activation,
                        const float* x, float* y, float* stats);
void layer_norm_forward(const LayerNorm<double>& norm, const PointwiseActivation& activation,
                        const double* x, double* y, double* stats);

/// Computes the gradient of x.
/// @param stats        [rows, 2] as the forward pass left them
/// @param grad_output  [rows, width] of the activation's input
/// @param grad_input   [rows, width]
void layer_norm_backward(const LayerNorm<float>& norm, const float* x, const float* stats,
                         const float* grad_output, float* grad_input);
void layer_norm_backward(const LayerNorm<double>& norm, const double* x, const double* stats,
                         const double* grad_output, double* grad_input);

/// Adds the gradient of weight[first, first + count) from all rows to grad_weight [count].
void layer_norm_weight_backward(const LayerNorm<float>& norm, int64_t first, int64_t count,
                                const float* x, const float* stats, const float* grad_output,
                                float* grad_weight);
void layer_norm_weight_backward(const LayerNorm<double>& norm, int64_t first, int64_t count,
                                const double* x, const double* stats, const double* grad_output,
                                double* grad_weight);

}  // namespace ae
