#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace ae {

/// A part of something counted: [begin, begin + count).
struct IndexRange {
  int64_t begin;
  int64_t count;
};

/// The share of `total` that one of a team has: shares differ by one at most.
inline IndexRange partition(int64_t total, int rank, int threads) {
  const int64_t begin = total * rank / threads;
  return {begin, total * (rank + 1) / threads - begin};
}

/// Where a share of a flat tensor lies in memory.
template <class T>
T* range_data(const at::Tensor& flat, const IndexRange& range) {
  return flat.mutable_data_ptr<T>() + range.begin;
}

}  // namespace ae
