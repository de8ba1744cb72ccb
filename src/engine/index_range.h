#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace ae {

/// Index range [begin, begin + count).
struct IndexRange {
  int64_t begin;
  int64_t count;
};

/// Range of `total` items of a thread; the counts of threads differ by at most one.
inline IndexRange partition(int64_t total, int rank, int threads) {
  const int64_t begin = total * rank / threads;
  return {begin, total * (rank + 1) / threads - begin};
}

/// Address of a range of a flat tensor.
template <class T>
T* range_data(const at::Tensor& flat, const IndexRange& range) {
  return flat.mutable_data_ptr<T>() + range.begin;
}

}  // namespace ae
