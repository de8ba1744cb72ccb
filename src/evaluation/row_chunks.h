#pragma once

#include <algorithm>
#include <cstdint>

namespace ae {

/// Calls visit(first, count) for consecutive chunks of `rows` rows. A chunk has at most `values`
/// values, at `width` values per row, and at least one row.
template <class Visit>
void for_each_chunk(int64_t rows, int64_t width, int64_t values, const Visit& visit) {
  const int64_t step = std::max<int64_t>(1, values / width);
  for (int64_t first = 0; first < rows; first += step) visit(first, std::min(step, rows - first));
}

}  // namespace ae
