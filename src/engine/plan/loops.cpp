#include "engine/plan/loops.h"

#include <cmath>

#include "engine/plan/scalar_functions.h"

namespace ae::plan {
namespace {

using Kind = Elementwise::Kind;

/// Calls each(i, lane) for i below n; lanes are apart, so that sums in them become vector sums.
constexpr int64_t kLanes = 16;
/// Values after which sums of float go over into a sum of double.
constexpr int64_t kBlock = 1024;

template <class Each>
AE_INLINE void in_lanes(int64_t n, const Each& each) {
  int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    for (int64_t lane = 0; lane < kLanes; ++lane) each(i + lane, lane);
  }
  for (int64_t lane = 0; i + lane < n; ++lane) each(i + lane, lane);
}

template <class T>
AE_INLINE double sum_of(const T* lanes) {
  double sum = 0;
  for (int64_t lane = 0; lane < kLanes; ++lane) sum += static_cast<double>(lanes[lane]);
  return sum;
}

/// The sum of value(i) for i below n.
template <class T, class Value>
AE_INLINE double sum_over(int64_t n, const Value& value) {
  double sum = 0;
  for (int64_t begin = 0; begin < n; begin += kBlock) {
    T lanes[kLanes] = {};
    in_lanes(n - begin < kBlock ? n - begin : kBlock,
             [&](int64_t i, int64_t lane) { lanes[lane] += value(begin + i); });
    sum += sum_of(lanes);
  }
  return sum;
}

template <class T, class Function>
AE_INLINE void each_with_bias(int64_t rows, int64_t width, const T* __restrict bias,
                              T* __restrict y, const Function& function) {
  for (int64_t row = 0; row < rows; ++row, y += width) {
    for (int64_t j = 0; j < width; ++j) y[j] = function(y[j] + bias[j]);
  }
}

template <class T>
AE_INLINE void bias_and_activation(const Elementwise& activation, int64_t rows, int64_t width,
                                   const T* __restrict bias, T* __restrict y) {
  const T slope = static_cast<T>(activation.slope);
  switch (activation.kind) {
    case Kind::identity:
      return each_with_bias(rows, width, bias, y, [](T x) { return x; });
    case Kind::relu:
      // The order lets NaN through.
      return each_with_bias(rows, width, bias, y, [](T x) { return x < 0 ? T(0) : x; });
    case Kind::leaky_relu:
      return each_with_bias(rows, width, bias, y, [=](T x) { return x > 0 ? x : slope * x; });
    case Kind::sigmoid:
      return each_with_bias(rows, width, bias, y, [](T x) { return logistic(x); });
    case Kind::tanh:
      return each_with_bias(rows, width, bias, y, [](T x) { return hyperbolic_tangent(x); });
  }
}

template <class T>
AE_INLINE void slopes(const Elementwise& activation, int64_t n, const T* __restrict y,
                      T* __restrict gradient) {
  const T slope = static_cast<T>(activation.slope);
  switch (activation.kind) {
    case Kind::identity:
      return;
    case Kind::relu:
      for (int64_t i = 0; i < n; ++i) gradient[i] = y[i] > 0 ? gradient[i] : T(0);
      return;
    case Kind::leaky_relu:
      for (int64_t i = 0; i < n; ++i) gradient[i] *= y[i] > 0 ? T(1) : slope;
      return;
    case Kind::sigmoid:
      for (int64_t i = 0; i < n; ++i) gradient[i] *= y[i] * (T(1) - y[i]);
      return;
    case Kind::tanh:
      for (int64_t i = 0; i < n; ++i) gradient[i] *= T(1) - y[i] * y[i];
      return;
  }
}

template <class T>
AE_INLINE void row_sums(int64_t rows, int64_t width, const T* __restrict x, int64_t stride, T beta,
                        T* __restrict sums) {
  for (int64_t j = 0; j < width; ++j) sums[j] = beta == 0 ? T(0) : beta * sums[j];
  for (int64_t row = 0; row < rows; ++row, x += stride) {
    for (int64_t j = 0; j < width; ++j) sums[j] += x[j];
  }
}

template <class T>
AE_INLINE void transposed_matrices(int64_t n, int64_t lines, int64_t width, const T* __restrict x,
                                   T* __restrict y) {
  for (int64_t i = 0; i < n; ++i, x += lines * width, y += lines * width) {
    for (int64_t j = 0; j < width; ++j) {
      for (int64_t k = 0; k < lines; ++k) y[j * lines + k] = x[k * width + j];
    }
  }
}

template <class T>
AE_INLINE LossSums squared(int64_t n, const T* __restrict output, const T* __restrict target,
                           T factor, T* __restrict gradient) {
  const double sum = sum_over<T>(n, [=](int64_t i) {
    const T difference = output[i] - target[i];
    gradient[i] = 2 * factor * difference;
    return difference * difference;
  });
  return {sum, sum};
}

template <class T>
AE_INLINE LossSums absolute(int64_t n, const T* __restrict output, const T* __restrict target,
                            T factor, T* __restrict gradient) {
  LossSums sums{0, 0};
  sums.error = sum_over<T>(n, [=](int64_t i) {
    const T difference = output[i] - target[i];
    const T sign = static_cast<T>((difference > 0) - (difference < 0));
    gradient[i] = factor * sign;
    return difference * sign;
  });
  sums.squared_error = sum_over<T>(n, [=](int64_t i) {
    const T difference = output[i] - target[i];
    return difference * difference;
  });
  return sums;
}

/// softplus(o) - x o, by e = exp(-|o|): the logistic function and the logarithm share it.
template <class T>
AE_INLINE LossSums cross_entropy(int64_t n, const T* __restrict output, const T* __restrict target,
                                 T factor, T* __restrict gradient) {
  LossSums sums{0, 0};
  for (int64_t begin = 0; begin < n; begin += kBlock) {
    T errors[kLanes] = {};
    T squares[kLanes] = {};
    in_lanes(n - begin < kBlock ? n - begin : kBlock, [&](int64_t at, int64_t lane) {
      const int64_t i = begin + at;
      const T o = output[i];
      const T e = exponential(o < 0 ? o : -o);
      const T larger = T(1) / (T(1) + e);
      const T difference = (o < 0 ? e * larger : larger) - target[i];
      errors[lane] += (o < 0 ? T(0) : o) + log_one_plus(e) - target[i] * o;
      squares[lane] += difference * difference;
      gradient[i] = factor * difference;
    });
    sums.error += sum_of(errors);
    sums.squared_error += sum_of(squares);
  }
  return sums;
}

template <class T>
AE_INLINE LossSums loss(LoweredLoss::Kind kind, int64_t n, const T* __restrict output,
                        const T* __restrict target, T factor, T* __restrict gradient) {
  switch (kind) {
    case LoweredLoss::Kind::squared:
      return squared(n, output, target, factor, gradient);
    case LoweredLoss::Kind::absolute:
      return absolute(n, output, target, factor, gradient);
    case LoweredLoss::Kind::cross_entropy:
      return cross_entropy(n, output, target, factor, gradient);
  }
  return {0, 0};
}

template <class T>
AE_INLINE double gaussian_draw(int64_t n, const T* __restrict mean,
                               const T* __restrict log_variance, const T* __restrict noise,
                               T* __restrict draw) {
  return 0.5 * sum_over<T>(n, [=](int64_t i) {
           const T sigma = exponential(log_variance[i] / 2);
           draw[i] = mean[i] + sigma * noise[i];
           return mean[i] * mean[i] + sigma * sigma - log_variance[i] - T(1);
         });
}

template <class T>
AE_INLINE void gaussian_gradient(int64_t n, const GaussianGradient<T> g, T kl_factor) {
  for (int64_t i = 0; i < n; ++i) {
    const T spread = g.draw[i] - g.mean[i];
    g.by_mean[i] = g.by_draw[i] + kl_factor * g.mean[i];
    g.by_log_variance[i] =
        T(0.5) * (g.by_draw[i] * spread + kl_factor * (exponential(g.log_variance[i]) - T(1)));
  }
}

template <class T>
AE_INLINE double l1(int64_t n, const T* __restrict x, T factor, T* __restrict gradient) {
  return sum_over<T>(n, [=](int64_t i) {
    const T sign = static_cast<T>((x[i] > 0) - (x[i] < 0));
    gradient[i] += factor * sign;
    return x[i] * sign;
  });
}

template <class T>
AE_INLINE int64_t active_values(int64_t rows, int64_t width, const T* __restrict x,
                                uint8_t* active) {
  int64_t count = 0;
  for (int64_t row = 0; row < rows; ++row, x += width) {
    for (int64_t j = 0; j < width; ++j) {
      const uint8_t is_active = x[j] != 0;
      active[j] = static_cast<uint8_t>(active[j] | is_active);
      count += is_active;
    }
  }
  return count;
}

template <class T>
AE_INLINE void scaled_sum(int64_t n, T factor, const T* __restrict x, T* __restrict y) {
  for (int64_t i = 0; i < n; ++i) y[i] += factor * x[i];
}

template <class T>
AE_INLINE T inner_product(int64_t n, const T* __restrict x, const T* __restrict y) {
  T lanes[kLanes] = {};
  in_lanes(n, [&](int64_t i, int64_t lane) { lanes[lane] += x[i] * y[i]; });
  T sum = 0;
  for (int64_t lane = 0; lane < kLanes; ++lane) sum += lanes[lane];
  return sum;
}

template <class T>
AE_INLINE void maxima_of_blocks(int64_t blocks, int64_t length, const T* __restrict x,
                                T* __restrict maxima) {
  for (int64_t block = 0; block < blocks; ++block, x += length) {
    T lanes[kLanes];
    T poison[kLanes] = {};  // NaN where a value is not finite
    for (int64_t lane = 0; lane < kLanes; ++lane) lanes[lane] = x[lane % length];
    in_lanes(length, [&](int64_t i, int64_t lane) {
      lanes[lane] = x[i] > lanes[lane] ? x[i] : lanes[lane];
      poison[lane] += x[i] - x[i];
    });
    T most = lanes[0];
    T poisoned = 0;
    for (int64_t lane = 0; lane < kLanes; ++lane) {
      most = lanes[lane] > most ? lanes[lane] : most;
      poisoned += poison[lane];
    }
    maxima[block] = most + poisoned;
  }
}

}  // namespace

// The functions of the header, for both types and several processors. (What is declared without its
// clones elsewhere cannot have them.)
#define AE_CLONED(Result, name, template_name, parameters, arguments)           \
  namespace {                                                                   \
  AE_CLONES Result cloned_##name parameters { return template_name arguments; } \
  }                                                                             \
  Result name parameters { return cloned_##name arguments; }

#define AE_LOOPS(T)                                                                               \
  AE_CLONED(void, add_bias_and_activate, bias_and_activation,                                     \
            (const Elementwise& activation, int64_t rows, int64_t width, const T* bias, T* y),    \
            (activation, rows, width, bias, y))                                                   \
  AE_CLONED(void, multiply_by_slope, slopes,                                                      \
            (const Elementwise& activation, int64_t n, const T* y, T* gradient),                  \
            (activation, n, y, gradient))                                                         \
  AE_CLONED(void, sum_rows, row_sums,                                                             \
            (int64_t rows, int64_t width, const T* x, int64_t stride, T beta, T* sums),           \
            (rows, width, x, stride, beta, sums))                                                 \
  AE_CLONED(void, transpose, transposed_matrices,                                                 \
            (int64_t n, int64_t lines, int64_t width, const T* x, T* y), (n, lines, width, x, y)) \
  AE_CLONED(LossSums, measure_loss, loss,                                                         \
            (LoweredLoss::Kind kind, int64_t n, const T* output, const T* target, T factor,       \
             T* gradient),                                                                        \
            (kind, n, output, target, factor, gradient))                                          \
  AE_CLONED(double, draw_from_gaussian, gaussian_draw,                                            \
            (int64_t n, const T* mean, const T* log_variance, const T* noise, T* draw),           \
            (n, mean, log_variance, noise, draw))                                                 \
  AE_CLONED(void, carry_through_gaussian, gaussian_gradient,                                      \
            (int64_t n, const GaussianGradient<T>& gradient, T kl_factor),                        \
            (n, gradient, kl_factor))                                                             \
  AE_CLONED(double, add_l1, l1, (int64_t n, const T* x, T factor, T* gradient),                   \
            (n, x, factor, gradient))                                                             \
  AE_CLONED(void, add_scaled, scaled_sum, (int64_t n, T factor, const T* x, T* y),                \
            (n, factor, x, y))                                                                    \
  AE_CLONED(T, dot, inner_product, (int64_t n, const T* x, const T* y), (n, x, y))                \
  AE_CLONED(void, find_maxima, maxima_of_blocks,                                                  \
            (int64_t blocks, int64_t length, const T* x, T* maxima), (blocks, length, x, maxima)) \
  AE_CLONED(int64_t, count_active, active_values,                                                 \
            (int64_t rows, int64_t width, const T* x, uint8_t* active), (rows, width, x, active))

AE_LOOPS(float)
AE_LOOPS(double)
#undef AE_LOOPS
#undef AE_CLONED

}  // namespace ae::plan
