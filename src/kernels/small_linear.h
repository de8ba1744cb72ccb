#pragma once

#include <cstdint>

#include "kernels/pointwise.h"

namespace ae {

// Linear layers of so few units that the overhead of calls would exceed the arithmetic. Rows are
// processed in blocks, stored transposed as [units, kBlockRows], so that vector lanes are rows. All
// arrays are aligned to 64 bytes.

inline constexpr int64_t kBlockRows = 32;

/// activation(weight x + bias)
template <class T>
struct SmallLinear {
  PointwiseActivation activation;
  int64_t inputs;
  int64_t outputs;
  const T* weight;  ///< [outputs, inputs]
  const T* bias;    ///< [outputs]
};

/// @param x [inputs, kBlockRows] @param y [outputs, kBlockRows], output
void small_linear_forward(const SmallLinear<float>& layer, const float* x, float* y);
void small_linear_forward(const SmallLinear<double>& layer, const double* x, double* y);

/// Arrays of the backward pass through a layer, for one block of rows.
template <class T>
struct SmallLinearGradients {
  const T* x;      ///< [inputs, kBlockRows]
  const T* y;      ///< [outputs, kBlockRows]
  T* grad_output;  ///< [outputs, kBlockRows], overwritten
  T* grad_input;   ///< [inputs, kBlockRows]; null if not needed
  bool accumulate_grad_input;
  T* grad_weight;               ///< [outputs, inputs]
  T* grad_bias;                 ///< [outputs]
  bool accumulate_grad_weight;  ///< applies to the bias too
};
void small_linear_backward(const SmallLinear<float>& layer,
                           const SmallLinearGradients<float>& gradients);
void small_linear_backward(const SmallLinear<double>& layer,
                           const SmallLinearGradients<double>& gradients);

/// Transposes a block of at most kBlockRows rows.
/// @param rows [count, width] @param units [width, kBlockRows], zero-padded
void rows_to_units(int64_t count, int64_t width, const float* rows, float* units);
void rows_to_units(int64_t count, int64_t width, const double* rows, double* units);

}  // namespace ae
