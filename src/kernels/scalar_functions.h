#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

#include "core/target_clones.h"

namespace ae {

// Scalar functions that compilers vectorise for float, unlike the C library's, with an error of at
// most two units in the last place; for double, those of the library. NaN is propagated.

/// Source of the coefficients: Cephes's expf.
AE_ALWAYS_INLINE float exponential(float x) {
  x = x < -87.0F ? -87.0F : x;
  x = x > 88.0F ? 88.0F : x;
  constexpr float kRounder = 12582912.0F;  // 1.5 * 2^23: adding it rounds to an integer
  const float shifted = x * 1.44269504F + kRounder;
  const float whole = shifted - kRounder;
  const float rest = (x - whole * 0.693359375F) + whole * 2.12194440e-4F;
  float p = 1.9875691500e-4F;
  p = p * rest + 1.3981999507e-3F;
  p = p * rest + 8.3334519073e-3F;
  p = p * rest + 4.1665795894e-2F;
  p = p * rest + 1.6666665459e-1F;
  p = p * rest + 5.0000001201e-1F;
  p = p * rest * rest + rest + 1.0F;
  // Unsigned, so that overflow, after NaN, is defined.
  const uint32_t power = std::bit_cast<uint32_t>(shifted) - std::bit_cast<uint32_t>(kRounder);
  return p * std::bit_cast<float>((power + 127U) << 23U);
}
AE_ALWAYS_INLINE double exponential(double x) { return std::exp(x); }

/// log(1 + x) for x in [0, 1], as 2 artanh(x / (2 + x)).
AE_ALWAYS_INLINE float log_one_plus(float x) {
  const float s = x / (2.0F + x);
  const float q = s * s;
  float p = 1.0F / 13.0F;
  p = p * q + 1.0F / 11.0F;
  p = p * q + 1.0F / 9.0F;
  p = p * q + 1.0F / 7.0F;
  p = p * q + 1.0F / 5.0F;
  p = p * q + 1.0F / 3.0F;
  return 2.0F * (p * q * s + s);
}
AE_ALWAYS_INLINE double log_one_plus(double x) { return std::log1p(x); }

template <class T>
AE_ALWAYS_INLINE T logistic(T x) {
  return T(1) / (T(1) + exponential(-x));
}

/// A polynomial near 0, where the quotient would cancel. Source of the polynomial: Cephes's tanhf.
AE_ALWAYS_INLINE float hyperbolic_tangent(float x) {
  const float q = x * x;
  float p = -5.70498872745e-3F;
  p = p * q + 2.06390887954e-2F;
  p = p * q - 5.37397155531e-2F;
  p = p * q + 1.33314422036e-1F;
  p = p * q - 3.33332819422e-1F;
  const float near = p * q * x + x;
  const float far = 1.0F - 2.0F / (exponential(2.0F * x) + 1.0F);
  return q < 0.390625F ? near : far;
}
AE_ALWAYS_INLINE double hyperbolic_tangent(double x) { return std::tanh(x); }

}  // namespace ae
