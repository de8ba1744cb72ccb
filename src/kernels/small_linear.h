#pragma once

#include <cstdint>

#include "kernels/pointwise.h"

namespace ae {

// Layers of so few units that calls, not arithmetic, would take the time. Rows are dealt with a
// block at a time, and a unit's values of a block lie together, [units, kRowsOfBlock], so that it
// is rows that fill a vector. All memory begins at a multiple of 64 bytes.

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

/// y = the layer's outputs. @param x [inputs, kRowsOfBlock] @param y [outputs, kRowsOfBlock]
void small_linear_forward(const SmallLinear<float>& layer, const float* x, float* y);
void small_linear_forward(const SmallLinear<double>& layer, const double* x, double* y);

/// What a way back through a layer reads and writes, of a block of rows.
template <class T>
struct SmallLinearGradients {
  const T* x;      ///< [inputs, kRowsOfBlock]
  const T* y;      ///< [outputs, kRowsOfBlock]
  T* grad_output;  ///< is used up
  T* grad_input;   ///< null where it is not wanted
  bool accumulate_grad_input;
  T* grad_weight;               ///< [outputs, inputs]
  T* grad_bias;                 ///< [outputs]
  bool accumulate_grad_weight;  ///< and to the bias's
};
void small_linear_backward(const SmallLinear<float>& layer,
                           const SmallLinearGradients<float>& gradients);
void small_linear_backward(const SmallLinear<double>& layer,
                           const SmallLinearGradients<double>& gradients);

/// A block's values by unit. @param rows [count, width] @param units [width, kRowsOfBlock], 0 where
/// there is no row
void rows_to_units(int64_t count, int64_t width, const float* rows, float* units);
void rows_to_units(int64_t count, int64_t width, const double* rows, double* units);

}  // namespace ae
