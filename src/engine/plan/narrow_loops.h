#pragma once

#include <cstdint>

#include "models/lowering.h"

namespace ae::plan {

// Layers of so few units that calls, not arithmetic, would take the time. Rows are dealt with a
// block at a time, and a unit's values of a block lie together, [units, kRowsOfBlock], so that it
// is rows that fill a vector. All memory begins at a multiple of 64 bytes.

inline constexpr int64_t kRowsOfBlock = 32;

/// activation(weight x + bias)
template <class T>
struct NarrowLayer {
  Elementwise activation;
  int64_t inputs;
  int64_t outputs;
  const T* weight;  ///< [outputs, inputs]
  const T* bias;    ///< [outputs]
};

/// y = the layer's outputs. @param x [inputs, kRowsOfBlock] @param y [outputs, kRowsOfBlock]
void go_forward(const NarrowLayer<float>& layer, const float* x, float* y);
void go_forward(const NarrowLayer<double>& layer, const double* x, double* y);

/// What a way back through a layer reads and writes, of a block of rows.
template <class T>
struct NarrowGradients {
  const T* x;  ///< [inputs, kRowsOfBlock]
  const T* y;  ///< [outputs, kRowsOfBlock]
  T* by_y;     ///< is used up
  T* by_x;     ///< null where it is not wanted
  bool adds_by_x;
  T* by_weight;         ///< [outputs, inputs]
  T* by_bias;           ///< [outputs]
  bool adds_by_weight;  ///< and to the bias's
};
void go_back(const NarrowLayer<float>& layer, const NarrowGradients<float>& gradients);
void go_back(const NarrowLayer<double>& layer, const NarrowGradients<double>& gradients);

/// A block's values by unit. @param rows [count, width] @param units [width, kRowsOfBlock], 0 where
/// there is no row
void arrange_by_unit(int64_t count, int64_t width, const float* rows, float* units);
void arrange_by_unit(int64_t count, int64_t width, const double* rows, double* units);

}  // namespace ae::plan
