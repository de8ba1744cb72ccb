#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace ae {

/// Repeats each row `times` times, the copies adjacent.
/// @param rows  [B, D]
/// @return      [B * times, D]; `rows` itself if times is 1
inline at::Tensor repeat_rows(const at::Tensor& rows, int64_t times) {
  return times == 1 ? rows : rows.repeat_interleave(times, 0);
}

}  // namespace ae
