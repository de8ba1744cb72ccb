#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace ae {

/// Each row so many times in succession, as draws that belong to one row lie.
/// @param rows  [B, D]
/// @return      [B * times, D]; the rows themselves for once
inline at::Tensor repeat_rows(const at::Tensor& rows, int64_t times) {
  return times == 1 ? rows : rows.repeat_interleave(times, 0);
}

}  // namespace ae
