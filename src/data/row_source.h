#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>

namespace ae {

/// Random access to scaled rows, from which a Batch gathers its samples. Thread-safe.
class RowSource {
 public:
  virtual ~RowSource() = default;
  /// Number of features of a row.
  virtual int64_t width() const = 0;
  /// True if its values are the probabilities of 1, from which zeros and ones are to be drawn.
  virtual bool is_drawn() const { return false; }
  /// Gathers rows as a tensor.
  /// @param rows  row numbers, B of them
  /// @return      [B, D] on the source's device, float32 or float64
  virtual at::Tensor gather(std::span<const int64_t> rows) const = 0;
  /// Gathers rows into CPU memory. @param out [B, D]
  virtual void gather(std::span<const int64_t> rows, float* out) const = 0;
  /// Gathers the transpose into CPU memory.
  /// @param out  [D, stride]; the first B values of each row are written
  virtual void gather_transposed(std::span<const int64_t> rows, int64_t stride,
                                 float* out) const = 0;
};

}  // namespace ae
