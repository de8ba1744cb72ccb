#include "kernels/small_linear.h"

#include "core/target_clones.h"
#include "kernels/activations.h"

namespace ae {
namespace {

/// An AVX2 register. (GCC generates poor code for longer vectors if the processor lacks them.)
template <class T>
struct Register {
  static constexpr int64_t kBytes = 32;
  static constexpr int64_t kValues = kBytes / static_cast<int64_t>(sizeof(T));
  static constexpr int64_t kPerBlock = kBlockRows / kValues;
  typedef T Values __attribute__((vector_size(kBytes), may_alias));  // NOLINT(modernize-use-using)
};
template <class T>
using Values = typename Register<T>::Values;

template <class T>
AE_ALWAYS_INLINE const Values<T>* lines(const T* values, int64_t unit) {
  return reinterpret_cast<const Values<T>*>(values + unit * kBlockRows);
}
template <class T>
AE_ALWAYS_INLINE Values<T>* lines(T* values, int64_t unit) {
  return reinterpret_cast<Values<T>*>(values + unit * kBlockRows);
}

/// Initialises each sum with start(unit, register, sum), adds weights[unit * step + i * stride]
/// x[i] for all i below `terms`, and passes it to store(unit, register, sum).
template <int64_t kUnits, class T, class Start, class Store>
AE_ALWAYS_INLINE void accumulate_sums(int64_t terms, const T* weights, int64_t step, int64_t stride,
                                      const T* x, const Start& start, const Store& store) {
  Values<T> sums[kUnits][Register<T>::kPerBlock];
#pragma GCC unroll 4
  for (int64_t k = 0; k < kUnits; ++k) {
#pragma GCC unroll 4
    for (int64_t v = 0; v < Register<T>::kPerBlock; ++v) start(k, v, sums[k][v]);
  }
  for (int64_t i = 0; i < terms; ++i) {
    const Values<T>* line = lines(x, i);
#pragma GCC unroll 4
    for (int64_t k = 0; k < kUnits; ++k) {
      const T weight = weights[k * step + i * stride];
#pragma GCC unroll 4
      for (int64_t v = 0; v < Register<T>::kPerBlock; ++v) sums[k][v] += weight * line[v];
    }
  }
#pragma GCC unroll 4
  for (int64_t k = 0; k < kUnits; ++k) {
#pragma GCC unroll 4
    for (int64_t v = 0; v < Register<T>::kPerBlock; ++v) store(k, v, sums[k][v]);
  }
}

template <int64_t kUnits, class T>
AE_ALWAYS_INLINE void compute_outputs(const SmallLinear<T>& layer, int64_t first, const T* x,
                                      T* y) {
  const T* bias = layer.bias + first;
  accumulate_sums<kUnits>(
      layer.inputs, layer.weight + first * layer.inputs, layer.inputs, 1, x,
      [=](int64_t k, int64_t /*v*/, Values<T>& sum)
          AE_ALWAYS_INLINE_LAMBDA { sum = Values<T>{} + bias[k]; },
      [=](int64_t k, int64_t v, const Values<T>& sum)
          AE_ALWAYS_INLINE_LAMBDA { lines(y, first + k)[v] = sum; });
}

template <class T>
AE_ALWAYS_INLINE void forward(const SmallLinear<T>& layer, const T* x, T* y) {
  int64_t unit = 0;
  for (; unit + 2 <= layer.outputs; unit += 2) compute_outputs<2>(layer, unit, x, y);
  if (unit < layer.outputs) compute_outputs<1>(layer, unit, x, y);
  with_activation<T>(layer.activation, [=, &layer](const auto& function) AE_ALWAYS_INLINE_LAMBDA {
    for (int64_t i = 0; i < layer.outputs * kBlockRows; ++i) y[i] = function(y[i]);
  });
}

/// Horizontal sums of up to four registers, with shared shuffles and additions.
template <int64_t kLines>
AE_ALWAYS_INLINE void horizontal_sums(const Values<float>* lines, float* sums) {
  const auto halves = [](const Values<float>& a, const Values<float>& b, Values<float>& sum)
                          AE_ALWAYS_INLINE_LAMBDA {
                            sum = __builtin_shufflevector(a, b, 0, 2, 8, 10, 4, 6, 12, 14) +
                                  __builtin_shufflevector(a, b, 1, 3, 9, 11, 5, 7, 13, 15);
                          };
  Values<float> left;
  Values<float> right{};
  Values<float> all;
  halves(lines[0], kLines > 1 ? lines[1] : Values<float>{}, left);
  if constexpr (kLines > 2) halves(lines[2], kLines > 3 ? lines[3] : Values<float>{}, right);
  halves(left, right, all);
#pragma GCC unroll 4
  for (int64_t i = 0; i < 4; ++i) sums[i] = all[i] + all[i + 4];
}
template <int64_t kLines>
AE_ALWAYS_INLINE void horizontal_sums(const Values<double>* lines, double* sums) {
#pragma GCC unroll 4
  for (int64_t i = 0; i < kLines; ++i) {
    sums[i] = (lines[i][0] + lines[i][2]) + (lines[i][1] + lines[i][3]);
  }
}

/// Gradients of a unit's weights for kInputs inputs and, if there are fewer than four, of its bias:
/// they share one horizontal sum.
template <int64_t kInputs, class T>
AE_ALWAYS_INLINE void compute_weight_gradients(const Values<T>* grad_output, const T* x,
                                               bool accumulate, T* grad_weight, T* grad_bias) {
  constexpr bool kWithBias = kInputs < 4;
  Values<T> products[4];
#pragma GCC unroll 4
  for (int64_t i = 0; i < kInputs; ++i) {
    const Values<T>* line = lines(x, i);
    products[i] = grad_output[0] * line[0];
#pragma GCC unroll 8
    for (int64_t v = 1; v < Register<T>::kPerBlock; ++v) products[i] += grad_output[v] * line[v];
  }
  if constexpr (kWithBias) {
    products[kInputs] = grad_output[0];
#pragma GCC unroll 8
    for (int64_t v = 1; v < Register<T>::kPerBlock; ++v) products[kInputs] += grad_output[v];
  }
  T sums[4];
  horizontal_sums<kInputs + (kWithBias ? 1 : 0)>(products, sums);
#pragma GCC unroll 4
  for (int64_t i = 0; i < kInputs; ++i)
    grad_weight[i] = accumulate ? grad_weight[i] + sums[i] : sums[i];
  if constexpr (kWithBias) *grad_bias = accumulate ? *grad_bias + sums[kInputs] : sums[kInputs];
}

template <class T>
AE_ALWAYS_INLINE void compute_weight_gradients(const SmallLinear<T>& layer,
                                               const SmallLinearGradients<T>& g) {
  for (int64_t unit = 0; unit < layer.outputs; ++unit) {
    Values<T> grad_output[Register<T>::kPerBlock];
#pragma GCC unroll 8
    for (int64_t v = 0; v < Register<T>::kPerBlock; ++v)
      grad_output[v] = lines(g.grad_output, unit)[v];
    T* grad_weight = g.grad_weight + unit * layer.inputs;
    T* grad_bias = g.grad_bias + unit;
    const bool accumulate = g.accumulate_grad_weight;
    int64_t i = 0;
    for (; i + 4 <= layer.inputs; i += 4) {
      compute_weight_gradients<4>(grad_output, g.x + i * kBlockRows, accumulate, grad_weight + i,
                                  grad_bias);
    }
    const T* x = g.x + i * kBlockRows;
    switch (layer.inputs - i) {
      case 0:
        compute_weight_gradients<0>(grad_output, x, accumulate, grad_weight + i, grad_bias);
        break;
      case 1:
        compute_weight_gradients<1>(grad_output, x, accumulate, grad_weight + i, grad_bias);
        break;
      case 2:
        compute_weight_gradients<2>(grad_output, x, accumulate, grad_weight + i, grad_bias);
        break;
      default:
        compute_weight_gradients<3>(grad_output, x, accumulate, grad_weight + i, grad_bias);
    }
  }
}

template <int64_t kUnits, class T>
AE_ALWAYS_INLINE void compute_input_gradients(const SmallLinear<T>& layer,
                                              const SmallLinearGradients<T>& g, int64_t first) {
  T* grad_input = g.grad_input;
  const bool accumulate = g.accumulate_grad_input;
  accumulate_sums<kUnits>(
      layer.outputs, layer.weight + first, 1, layer.inputs, g.grad_output,
      [=](int64_t k, int64_t v, Values<T>& sum) AE_ALWAYS_INLINE_LAMBDA {
        sum = accumulate ? lines(grad_input, first + k)[v] : Values<T>{};
      },
      [=](int64_t k, int64_t v, const Values<T>& sum)
          AE_ALWAYS_INLINE_LAMBDA { lines(grad_input, first + k)[v] = sum; });
}

template <class T>
AE_ALWAYS_INLINE void backward(const SmallLinear<T>& layer, const SmallLinearGradients<T>& g) {
  activation_backward_values(layer.activation, layer.outputs * kBlockRows, g.y, g.grad_output);
  compute_weight_gradients(layer, g);
  if (g.grad_input == nullptr) return;
  int64_t unit = 0;
  for (; unit + 2 <= layer.inputs; unit += 2) compute_input_gradients<2>(layer, g, unit);
  if (unit < layer.inputs) compute_input_gradients<1>(layer, g, unit);
}

template <class T>
AE_ALWAYS_INLINE void transpose_rows(int64_t count, int64_t width, const T* __restrict rows,
                                     T* __restrict units) {
  for (int64_t unit = 0; unit < width; ++unit) {
    T* __restrict values = units + unit * kBlockRows;
    for (int64_t row = 0; row < count; ++row) values[row] = rows[row * width + unit];
    for (int64_t row = count; row < kBlockRows; ++row) values[row] = 0;
  }
}

}  // namespace

#define AE_LOOPS(T)                                                                             \
  AE_DEFINE_CLONED(void, small_linear_forward, forward,                                         \
                   (const SmallLinear<T>& layer, const T* x, T* y), (layer, x, y))              \
  AE_DEFINE_CLONED(void, small_linear_backward, backward,                                       \
                   (const SmallLinear<T>& layer, const SmallLinearGradients<T>& g), (layer, g)) \
  AE_DEFINE_CLONED(void, rows_to_units, transpose_rows,                                         \
                   (int64_t count, int64_t width, const T* rows, T* units),                     \
                   (count, width, rows, units))

AE_LOOPS(float)
AE_LOOPS(double)
#undef AE_LOOPS

}  // namespace ae
