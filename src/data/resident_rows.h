#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <span>

#include "data/row_source.h"
#include "data/splits.h"

namespace ae {

/// Rows of a dataset on the training device, stored in the file's element type and scaled when they
/// are gathered.
class ResidentRows : public RowSource {
 public:
  ResidentRows(const Dataset& data, const Scaling& scaling, at::Device device);

  /// Row numbers are those of the dataset.
  at::Tensor gather(std::span<const int64_t> rows) const override;
  void gather(std::span<const int64_t> rows, float* out) const override;
  void gather_transposed(std::span<const int64_t> rows, int64_t stride, float* out) const override;
  int64_t width() const override { return rows_.size(1); }
  bool is_drawn() const override { return drawn_; }
  /// Gathers by an index on the device.
  /// @param rows  [B] int64
  /// @return      [B, D] float32
  at::Tensor gather(const at::Tensor& rows) const;
  /// All rows, unscaled. [N, D] uint8 or float32, on the device
  const at::Tensor& values() const { return rows_; }
  const Scaling& scaling() const { return scaling_; }

 private:
  at::Tensor rows_;   // [N, D]
  const void* data_;  // of rows_, cached as it is used at every step
  bool are_bytes_;
  bool drawn_;
  Scaling scaling_;
  at::Device device_;
};

/// Inputs and reconstruction targets of a dataset's rows.
struct ResidentPair {
  std::shared_ptr<const ResidentRows> inputs;
  std::shared_ptr<const ResidentRows> targets;  ///< null for the inputs

  const ResidentRows& outputs() const { return targets ? *targets : *inputs; }
};

ResidentPair resident_pair(const Dataset& data, const Preprocessing& preprocessing,
                           at::Device device);

/// Scales n values of a file, as a reader delivers them.
void scale_values(const void* values, int64_t n, DType element, const Scaling& scaling, float* out);

}  // namespace ae
