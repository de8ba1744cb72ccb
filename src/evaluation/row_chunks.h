#pragma once

#include <algorithm>
#include <cstdint>

namespace ae {

/// Calls visit(first, count) for chunks of `rows` rows, in order, of at most `values` values
/// where each row takes `width` of them; at least one row at a time.
template <class Visit>
void for_each_chunk(int64_t rows, int64_t width, int64_t values, const Visit& visit) {
  const int64_t step = std::max<int64_t>(1, values / width);
  for (int64_t first = 0; first < rows; first += step) visit(first, std::min(step, rows - first));
}

}  // namespace ae
