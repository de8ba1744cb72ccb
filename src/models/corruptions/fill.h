#pragma once

#include <ATen/core/Tensor.h>

#include <string>

#include "config/option_visitor.h"
#include "models/input_info.h"

namespace ae {

/// What stands where a value was masked: 0, or the feature's mean over the training rows.
struct FillOption {
  std::string fill = "zero";

  void declare(OptionVisitor& visitor);
  bool is_mean() const { return fill == "mean"; }
  /// @return [D] the values to put; undefined for 0
  at::Tensor values(const InputInfo& input) const;
};

/// x where `mask` is false, the fill where it is true.
/// @param x     [B, D]
/// @param mask  [B, D] bool
/// @param fill  [D], or undefined for 0
at::Tensor filled(const at::Tensor& x, const at::Tensor& mask, const at::Tensor& fill);

}  // namespace ae
