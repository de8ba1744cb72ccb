#pragma once

#include <ATen/core/Tensor.h>

#include <limits>
#include <optional>
#include <span>

#include "config/part.h"
#include "kernels/pointwise.h"

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
  /// True where a whole range of inputs becomes exactly 0.
  virtual bool cuts_to_zero() const { return false; }
  /// The input that gives y, nearly so at the bounds; undefined where there is none to name.
  virtual at::Tensor inverse(const at::Tensor& /*y*/) const { return {}; }
  /// The derivative where the value is y; undefined where y does not tell it simply.
  virtual at::Tensor derivative_at(const at::Tensor& /*y*/) const { return {}; }

  /// The form of which the engine has loops of its own; none where it has not.
  virtual std::optional<PointwiseActivation> pointwise() const { return std::nullopt; }

  static std::span<const PartEntry<Activation>> table();
};

}  // namespace ae
