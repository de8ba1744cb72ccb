#pragma once

#include <cstdint>

#include "core/target_clones.h"

namespace ae {

// Sums in independent lanes, which the compiler can vectorise.

constexpr int64_t kLanes = 16;
/// Values that are added in float before their sum is added to one of double.
constexpr int64_t kBlock = 1024;

/// Calls each(i, lane) for i below n.
template <class Each>
AE_ALWAYS_INLINE void in_lanes(int64_t n, const Each& each) {
  int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    for (int64_t lane = 0; lane < kLanes; ++lane) each(i + lane, lane);
  }
  for (int64_t lane = 0; i + lane < n; ++lane) each(i + lane, lane);
}

/// Sum of the lanes, by pairwise halving: a shorter chain of dependent additions.
template <class T>
AE_ALWAYS_INLINE double sum_lanes(const T* lanes) {
  double sums[kLanes];
  for (int64_t lane = 0; lane < kLanes; ++lane) sums[lane] = static_cast<double>(lanes[lane]);
#pragma GCC unroll 4
  for (int64_t half = kLanes / 2; half > 0; half /= 2) {
#pragma GCC unroll 8
    for (int64_t lane = 0; lane < half; ++lane) sums[lane] += sums[lane + half];
  }
  return sums[0];
}

/// Sum of value(i) for i below n.
template <class T, class Value>
AE_ALWAYS_INLINE double sum_over(int64_t n, const Value& value) {
  double sum = 0;
  for (int64_t begin = 0; begin < n; begin += kBlock) {
    T lanes[kLanes] = {};
    in_lanes(n - begin < kBlock ? n - begin : kBlock,
             [&](int64_t i, int64_t lane) { lanes[lane] += value(begin + i); });
    sum += sum_lanes(lanes);
  }
  return sum;
}

}  // namespace ae
