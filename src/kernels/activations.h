#pragma once

#include "kernels/pointwise.h"
#include "kernels/scalar_functions.h"

namespace ae {

/// Calls work(f), where f applies the activation to one value and is inlined.
template <class T, class Work>
AE_ALWAYS_INLINE void with_activation(const PointwiseActivation& activation, const Work& work) {
  using Kind = PointwiseActivation::Kind;
  const T slope = static_cast<T>(activation.negative_slope);
  switch (activation.kind) {
    case Kind::identity:
      return work([](T x) { return x; });
    case Kind::relu:
      // The order lets NaN through.
      return work([](T x) { return x < 0 ? T(0) : x; });
    case Kind::leaky_relu:
      return work([=](T x) { return x > 0 ? x : slope * x; });
    case Kind::sigmoid:
      return work([](T x) { return logistic(x); });
    case Kind::tanh:
      return work([](T x) { return hyperbolic_tangent(x); });
  }
}

/// gradient *= the activation's derivative, as a function of its output y. Both have n values.
template <class T>
AE_ALWAYS_INLINE void activation_backward_values(const PointwiseActivation& activation, int64_t n,
                                                 const T* __restrict y, T* __restrict gradient) {
  using Kind = PointwiseActivation::Kind;
  const T slope = static_cast<T>(activation.negative_slope);
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

}  // namespace ae
