#pragma once

#include <ATen/core/Tensor.h>

namespace ae {

/// Rows of a batch: what the encoder sees before it is corrupted, and what the decoder is to give.
struct RowPair {
  at::Tensor input;   ///< [B, D] scaled data
  at::Tensor target;  ///< [B, T] scaled data; the same tensor unless rows have their own targets

  /// Rows that are their own target.
  static RowPair of(const at::Tensor& rows) { return {rows, rows}; }
};

}  // namespace ae
