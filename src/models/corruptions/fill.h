#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <utility>

#include "config/option_visitor.h"
#include "models/input_info.h"

namespace ae {

/// Fill value of masked features: 0, or one value per feature.
class Fill {
 public:
  Fill() = default;
  /// @param values  [D]
  explicit Fill(at::Tensor values) : values_(std::move(values)) {}

  bool is_zero() const { return !values_.defined(); }
  /// Fill values on the device and in the type of x. [D] Thread-safe on the CPU.
  at::Tensor like(const at::Tensor& x) const;
  /// Returns x with the fill where `mask` is true.
  /// @param x     [B, D]
  /// @param mask  [B, D] bool
  at::Tensor put(const at::Tensor& x, const at::Tensor& mask) const;

 private:
  at::Tensor values_;
  mutable at::Tensor on_gpu_;  // cached: a CUDA graph cannot capture the copy from the host
};

/// The option "fill" of masking corruptions.
struct FillOption {
  std::string fill = "zero";

  void declare(OptionVisitor& visitor);
  bool is_mean() const { return fill == "mean"; }
  Fill of(const InputInfo& input) const;
};

}  // namespace ae
