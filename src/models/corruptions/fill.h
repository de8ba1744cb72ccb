#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <utility>

#include "config/option_visitor.h"
#include "models/input_info.h"

namespace ae {

/// What stands where values were masked: 0, or a value for each feature.
class Fill {
 public:
  Fill() = default;
  /// @param values  [D]
  explicit Fill(at::Tensor values) : values_(std::move(values)) {}

  bool is_zero() const { return !values_.defined(); }
  /// The values where and in the type that x is. [D]
  at::Tensor like(const at::Tensor& x) const;
  /// x where `mask` is false, the fill where it is true.
  /// @param x     [B, D]
  /// @param mask  [B, D] bool
  at::Tensor put(const at::Tensor& x, const at::Tensor& mask) const;

 private:
  at::Tensor values_;
  mutable at::Tensor
      on_gpu_;  // of the last asked for: a step that waits for a copy is none for a graph
};

/// What a config says of it.
struct FillOption {
  std::string fill = "zero";

  void declare(OptionVisitor& visitor);
  bool is_mean() const { return fill == "mean"; }
  Fill of(const InputInfo& input) const;
};

}  // namespace ae
