#pragma once

#include <ATen/core/Tensor.h>

#include <limits>
#include <span>

#include "config/part.h"

namespace ae {

/// An elementwise nonlinearity.
class Activation {
 public:
  /// Values that come out; infinite where there is no bound.
  struct Bounds {
    double low = -std::numeric_limits<double>::infinity();
    double high = std::numeric_limits<double>::infinity();
  };

  virtual ~Activation() = default;
  virtual void visit(OptionVisitor& /*visitor*/) {}
  /// @param x  any shape
  /// @return   the same shape
  virtual at::Tensor forward(const at::Tensor& x) const = 0;
  virtual Bounds bounds() const { return {}; }

  static std::span<const PartEntry<Activation>> table();
};

}  // namespace ae
