#include "kernels/layer_norm.h"

#include <cmath>

#include "core/target_clones.h"
#include "kernels/activations.h"
#include "kernels/lanes.h"

namespace ae {
namespace {

template <class T>
AE_ALWAYS_INLINE void normalize_rows(const LayerNorm<T>& norm,
                                     const PointwiseActivation& activation, const T* __restrict x,
                                     T* __restrict y, T* __restrict stats) {
  const int64_t width = norm.width;
  const auto n = static_cast<double>(width);
  const T* __restrict weight = norm.weight;
  const T* __restrict bias = norm.bias;
  with_activation<T>(activation, [=](const auto& function) AE_ALWAYS_INLINE_LAMBDA {
    for (int64_t row = 0; row < norm.rows; ++row) {
      const T* __restrict in = x + row * width;
      T* __restrict out = y + row * width;
      const auto mean = static_cast<T>(sum_over<T>(width, [=](int64_t i) { return in[i]; }) / n);
      const double variance = sum_over<T>(width,
                                          [=](int64_t i) {
                                            const T centred = in[i] - mean;
                                            return centred * centred;
                                          }) /
                              n;
      const auto inverse = static_cast<T>(1 / std::sqrt(variance + norm.epsilon));
      for (int64_t j = 0; j < width; ++j) {
        out[j] = function((in[j] - mean) * inverse * weight[j] + bias[j]);
      }
      stats[2 * row] = mean;
      stats[2 * row + 1] = inverse;
    }
  });
}

template <class T>
AE_ALWAYS_INLINE void rows_backward(const LayerNorm<T>& norm, const T* __restrict x,
                                    const T* __restrict stats, const T* __restrict grad_output,
                                    T* __restrict grad_input) {
  const int64_t width = norm.width;
  const auto n = static_cast<double>(width);
  const T* __restrict weight = norm.weight;
  for (int64_t row = 0; row < norm.rows; ++row) {
    const T* __restrict in = x + row * width;
    const T* __restrict grad = grad_output + row * width;
    T* __restrict out = grad_input + row * width;
    const T mean = stats[2 * row];
    const T inverse = stats[2 * row + 1];
    const auto grad_mean =
        static_cast<T>(sum_over<T>(width, [=](int64_t i) { return grad[i] * weight[i]; }) / n);
    const auto grad_scale = static_cast<T>(
        sum_over<T>(width,
                    [=](int64_t i) { return grad[i] * weight[i] * ((in[i] - mean) * inverse); }) /
        n);
    for (int64_t j = 0; j < width; ++j) {
      const T normalized = (in[j] - mean) * inverse;
      out[j] = inverse * (grad[j] * weight[j] - grad_mean - normalized * grad_scale);
    }
  }
}

template <class T>
AE_ALWAYS_INLINE void weight_backward(const LayerNorm<T>& norm, int64_t first, int64_t count,
                                      const T* __restrict x, const T* __restrict stats,
                                      const T* __restrict grad_output, T* __restrict grad_weight) {
  for (int64_t row = 0; row < norm.rows; ++row) {
    const T* __restrict in = x + row * norm.width + first;
    const T* __restrict grad = grad_output + row * norm.width + first;
    const T mean = stats[2 * row];
    const T inverse = stats[2 * row + 1];
    for (int64_t j = 0; j < count; ++j) grad_weight[j] += grad[j] * ((in[j] - mean) * inverse);
  }
}

}  // namespace

#define AE_LOOPS(T)                                                                                \
  AE_DEFINE_CLONED(void, layer_norm_forward, normalize_rows,                                       \
                   (const LayerNorm<T>& norm, const PointwiseActivation& activation, const T* x,   \
                    T* y, T* stats),                                                               \
                   (norm, activation, x, y, stats))                                                \
  AE_DEFINE_CLONED(                                                                                \
      void, layer_norm_backward, rows_backward,                                                    \
      (const LayerNorm<T>& norm, const T* x, const T* stats, const T* grad_output, T* grad_input), \
      (norm, x, stats, grad_output, grad_input))                                                   \
  AE_DEFINE_CLONED(void, layer_norm_weight_backward, weight_backward,                              \
                   (const LayerNorm<T>& norm, int64_t first, int64_t count, const T* x,            \
                    const T* stats, const T* grad_output, T* grad_weight),                         \
                   (norm, first, count, x, stats, grad_output, grad_weight))

AE_LOOPS(float)
AE_LOOPS(double)
#undef AE_LOOPS

}  // namespace ae
