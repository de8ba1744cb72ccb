#include "kernels/loss_terms.h"

#include "core/target_clones.h"
#include "kernels/lanes.h"
#include "kernels/scalar_functions.h"

namespace ae {
namespace {

template <class T>
AE_ALWAYS_INLINE LossSums squared(int64_t n, const T* __restrict output, const T* __restrict target,
                                  T factor, T* __restrict gradient) {
  const double sum = sum_over<T>(n, [=](int64_t i) {
    const T difference = output[i] - target[i];
    gradient[i] = 2 * factor * difference;
    return difference * difference;
  });
  return {sum, sum};
}

template <class T>
AE_ALWAYS_INLINE LossSums absolute(int64_t n, const T* __restrict output,
                                   const T* __restrict target, T factor, T* __restrict gradient) {
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

/// softplus(o) - x o. The logistic function and the logarithm share e = exp(-|o|).
template <class T>
AE_ALWAYS_INLINE LossSums cross_entropy(int64_t n, const T* __restrict output,
                                        const T* __restrict target, T factor,
                                        T* __restrict gradient) {
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
    sums.error += sum_lanes(errors);
    sums.squared_error += sum_lanes(squares);
  }
  return sums;
}

template <class T>
AE_ALWAYS_INLINE LossSums loss(PointwiseLoss kind, int64_t n, const T* __restrict output,
                               const T* __restrict target, T factor, T* __restrict gradient) {
  switch (kind) {
    case PointwiseLoss::squared_error:
      return squared(n, output, target, factor, gradient);
    case PointwiseLoss::absolute_error:
      return absolute(n, output, target, factor, gradient);
    case PointwiseLoss::cross_entropy:
      return cross_entropy(n, output, target, factor, gradient);
  }
  return {0, 0};
}

template <class T>
AE_ALWAYS_INLINE double gaussian_sample(int64_t n, const T* __restrict mean,
                                        const T* __restrict log_variance, const T* __restrict noise,
                                        T* __restrict sample) {
  return 0.5 * sum_over<T>(n, [=](int64_t i) {
           const T sigma = exponential(log_variance[i] / 2);
           sample[i] = mean[i] + sigma * noise[i];
           return mean[i] * mean[i] + sigma * sigma - log_variance[i] - T(1);
         });
}

template <class T>
AE_ALWAYS_INLINE void gaussian_gradient(int64_t n, const ReparameterizeGradient<T> g, T kl_factor) {
  for (int64_t i = 0; i < n; ++i) {
    const T sigma = exponential(g.log_variance[i] / 2);
    g.grad_mean[i] = g.grad_sample[i] + kl_factor * g.mean[i];
    g.grad_log_variance[i] =
        T(0.5) * (g.grad_sample[i] * sigma * g.noise[i] + kl_factor * (sigma * sigma - T(1)));
  }
}

template <class T>
AE_ALWAYS_INLINE double l1(int64_t n, const T* __restrict x, T factor, T* __restrict gradient) {
  return sum_over<T>(n, [=](int64_t i) {
    const T sign = static_cast<T>((x[i] > 0) - (x[i] < 0));
    gradient[i] += factor * sign;
    return x[i] * sign;
  });
}

}  // namespace

#define AE_LOOPS(T)                                                                              \
  AE_DEFINE_CLONED(                                                                              \
      LossSums, loss_forward_backward, loss,                                                     \
      (PointwiseLoss kind, int64_t n, const T* output, const T* target, T factor, T* gradient),  \
      (kind, n, output, target, factor, gradient))                                               \
  AE_DEFINE_CLONED(double, reparameterize, gaussian_sample,                                      \
                   (int64_t n, const T* mean, const T* log_variance, const T* noise, T* sample), \
                   (n, mean, log_variance, noise, sample))                                       \
  AE_DEFINE_CLONED(void, reparameterize_backward, gaussian_gradient,                             \
                   (int64_t n, const ReparameterizeGradient<T>& gradient, T kl_factor),          \
                   (n, gradient, kl_factor))                                                     \
  AE_DEFINE_CLONED(double, l1_forward_backward, l1,                                              \
                   (int64_t n, const T* x, T factor, T* gradient), (n, x, factor, gradient))

AE_LOOPS(float)
AE_LOOPS(double)
#undef AE_LOOPS

}  // namespace ae
