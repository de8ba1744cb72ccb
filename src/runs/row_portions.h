#pragma once

#include <ATen/core/Tensor.h>

#include <algorithm>
#include <cstdint>

namespace ae {

/// Calls visit(first, count) for portions of [N, D] rows of at most about `values` values each, in
/// order; at least one row at a time.
template <class Visit>
void for_each_portion(const at::Tensor& rows, int64_t values, const Visit& visit) {
  const int64_t step = std::max<int64_t>(1, values / rows.size(1));
  for (int64_t first = 0; first < rows.size(0); first += step) {
    visit(first, std::min(step, rows.size(0) - first));
  }
}

}  // namespace ae
