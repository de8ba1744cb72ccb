#pragma once

#include <ATen/core/Tensor.h>

#include <span>

#include "config/part.h"
#include "models/noise.h"

namespace ae {

/// What is done to the input of the encoder; the target stays clean.
class Corruption {
 public:
  virtual ~Corruption() = default;
  virtual void visit(OptionVisitor& /*visitor*/) {}
  /// False for "none" alone: there is nothing to undo.
  virtual bool is_active() const { return true; }
  /// @param x  [B, D] scaled data
  /// @return   [B, D], x left as it is
  virtual at::Tensor apply(const at::Tensor& x, const Noise& noise) const = 0;

  static std::span<const PartEntry<Corruption>> table();
};

}  // namespace ae
