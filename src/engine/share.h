#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace ae {

/// A part of something counted: [begin, begin + count).
struct Share {
  int64_t begin;
  int64_t count;
};

/// The share of `total` that one of a team has: shares differ by one at most.
inline Share share_of(int64_t total, int member, int members) {
  const int64_t begin = total * member / members;
  return {begin, total * (member + 1) / members - begin};
}

/// Where a share of a flat tensor lies in memory.
template <class T>
T* share_data(const at::Tensor& flat, const Share& share) {
  return flat.mutable_data_ptr<T>() + share.begin;
}

}  // namespace ae
