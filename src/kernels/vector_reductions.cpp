#include "kernels/vector_reductions.h"

#include <cmath>

#include "core/target_clones.h"
#include "kernels/lanes.h"

namespace ae {
namespace {

template <class T>
AE_ALWAYS_INLINE GradientStatistics measure(int64_t n, const T* __restrict x) {
  T poison[kLanes] = {};  // NaN if a value is not finite
  double sum = 0;
  for (int64_t begin = 0; begin < n; begin += kBlock) {
    T squares[kLanes] = {};
    in_lanes(n - begin < kBlock ? n - begin : kBlock, [&](int64_t i, int64_t lane) {
      const T value = x[begin + i];
      squares[lane] += value * value;
      poison[lane] += value - value;
    });
    sum += sum_lanes(squares);
  }
  return {std::isfinite(sum_lanes(poison)), sum};
}

template <class T>
AE_ALWAYS_INLINE void scaled(int64_t n, T factor, T* __restrict x) {
  for (int64_t i = 0; i < n; ++i) x[i] *= factor;
}

template <class T>
AE_ALWAYS_INLINE void interpolate(int64_t n, T weight, const T* __restrict x,
                                  T* __restrict average) {
  if (weight < T(0.5)) {
    for (int64_t i = 0; i < n; ++i) average[i] += weight * (x[i] - average[i]);
  } else {
    for (int64_t i = 0; i < n; ++i) average[i] = x[i] - (x[i] - average[i]) * (T(1) - weight);
  }
}

}  // namespace

#define AE_LOOPS(T)                                                                           \
  AE_DEFINE_CLONED(GradientStatistics, gradient_statistics, measure, (int64_t n, const T* x), \
                   (n, x))                                                                    \
  AE_DEFINE_CLONED(void, scale, scaled, (int64_t n, T factor, T* x), (n, factor, x))          \
  AE_DEFINE_CLONED(void, lerp, interpolate, (int64_t n, T weight, const T* x, T* average),    \
                   (n, weight, x, average))

AE_LOOPS(float)
AE_LOOPS(double)
#undef AE_LOOPS

}  // namespace ae
