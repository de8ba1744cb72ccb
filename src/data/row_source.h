#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>

namespace ae {

/// Rows of scaled data by number, wherever they are kept: what a Batch gathers its samples from.
/// Thread-safe.
class RowSource {
 public:
  virtual ~RowSource() = default;
  /// Features of a row.
  virtual int64_t width() const = 0;
  /// @param rows  row numbers, B of them
  /// @return      [B, D] on the source's device, float32 or float64
  virtual at::Tensor gather(std::span<const int64_t> rows) const = 0;
  /// Gathers into memory, on the CPU. @param out [B, D]
  virtual void gather(std::span<const int64_t> rows, float* out) const = 0;
  /// Gathers the transpose, on the CPU.
  /// @param out  [D, stride], of which the first B values of each line are written
  virtual void gather_by_feature(std::span<const int64_t> rows, int64_t stride,
                                 float* out) const = 0;
};

}  // namespace ae
