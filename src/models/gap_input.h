#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "models/device_constant.h"

namespace ae {

/// Input of the encoder for rows with missing values (NaN): these are filled in, and 0/1 inputs are
/// appended that tell which are missing. Source: Van Buuren 2018, "Flexible Imputation of Missing
/// Data", section 1.3.7 (missing-indicator method).
class GapInput {
 public:
  /// @param fill       [D] value for each feature
  /// @param indicated  features of which an appended input tells that they are missing
  GapInput(const at::Tensor& fill, const std::vector<int64_t>& indicated);

  /// Rows without gaps. [B, D] → [B, D]
  at::Tensor filled(const at::Tensor& x) const;
  /// Appends the indicators to what was made of the filled rows.
  /// @param input  [B, D]
  /// @param x      [B, D] with gaps
  /// @return       [B, D + indicators]
  at::Tensor with_indicators(const at::Tensor& input, const at::Tensor& x) const;
  int64_t indicators() const { return indicated_.on_cpu().numel(); }

 private:
  DeviceConstant fill_;       // [D]
  DeviceConstant indicated_;  // int64
};

}  // namespace ae
