#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace ae {

/// One-to-one matching of rows and columns.
struct Assignment {
  std::vector<int64_t> columns;  ///< [n] column of each row; -1 if the row has none
  double cost = 0;               ///< sum of the costs of the matched pairs
};

/// Linear sum assignment: the matching of min(n, m) pairs with the least sum of costs. O(n² m) for
/// n ≤ m, and likewise with rows and columns swapped. Negate the costs for the greatest sum.
/// @param costs  [n, m] finite numbers, on the CPU; n and m may be 0
/// Source: Jonker & Volgenant 1987, "A shortest augmenting path algorithm for dense and sparse
/// linear assignment problems", as Crouse 2016 states it for rectangles.
Assignment best_assignment(const at::Tensor& costs);

}  // namespace ae
