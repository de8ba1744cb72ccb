#pragma once

#include <ATen/core/Tensor.h>

#include <span>

#include "data/splits.h"

namespace ae {

/// Rows of a dataset kept on the training device in the file's own element type, and scaled as
/// they are gathered.
class ResidentRows {
 public:
  ResidentRows(const Dataset& data, const Scaling& scaling, at::Device device);

  /// @param rows  row numbers of the dataset, B of them
  /// @return [B, D] float32 on the device, scaled
  at::Tensor gather(std::span<const int64_t> rows) const;
  /// The same of an index on the device. [B] int64
  at::Tensor gather(const at::Tensor& rows) const;
  /// The same into memory for B x D values, on the CPU.
  void gather(std::span<const int64_t> rows, float* out) const;
  /// The same with a feature's values together, [D, stride], of which rows.size() each are written.
  void gather_by_feature(std::span<const int64_t> rows, int64_t stride, float* out) const;
  /// Features of a row.
  int64_t width() const { return rows_.size(1); }
  /// All rows, unscaled. [N, D] uint8 or float32, on the device
  const at::Tensor& values() const { return rows_; }
  const Scaling& scaling() const { return scaling_; }

 private:
  at::Tensor rows_;   // [N, D]
  const void* data_;  // theirs: asked for at each step
  bool are_bytes_;
  Scaling scaling_;
  at::Device device_;
};

/// n rows of a file, as a reader delivers them, as the model's input.
/// @return [n, width] float32
at::Tensor scaled_rows(const void* rows, int64_t n, int64_t width, Element element,
                       const Scaling& scaling);

}  // namespace ae
