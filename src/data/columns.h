#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <vector>

namespace ae {

/// Calls `use` for each column, with its values without gaps, in the order of rows; columns at the
/// same time.
/// @param rows  [N, D] float64, NaN at gaps
/// @param use   gets the column's number and its values, which it may change
void for_each_column(const at::Tensor& rows,
                     const std::function<void(int64_t column, std::vector<double>& values)>& use);

/// Computes rows from rows, some at a time, on several threads. The result does not depend on
/// the number of threads.
/// @param width    elements of a row of the result
/// @param compute  [n, D] → [n, width]; each row from its own row alone
at::Tensor by_row_blocks(const at::Tensor& rows, int64_t width, at::ScalarType type,
                         const std::function<at::Tensor(const at::Tensor& rows)>& compute);

}  // namespace ae
