#pragma once

#include <ATen/core/Tensor.h>

#include <limits>
#include <optional>
#include <span>

#include "config/part.h"
#include "kernels/pointwise.h"

namespace ae {

/// Elementwise activation function.
class Activation {
 public:
  /// Range of the output; infinite on an unbounded side.
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
  /// True if a range of inputs maps to exactly 0, as in a ReLU.
  virtual bool cuts_to_zero() const { return false; }
  /// Inverse function; y is clamped just inside the bounds. Undefined if there is no unique
  /// inverse.
  virtual at::Tensor inverse(const at::Tensor& /*y*/) const { return {}; }
  /// Derivative as a function of the output y; undefined if it has no simple form.
  virtual at::Tensor derivative_at(const at::Tensor& /*y*/) const { return {}; }

  /// The form of which the engine has loops of its own; none where it has not.
  virtual std::optional<PointwiseActivation> pointwise() const { return std::nullopt; }

  static std::span<const PartEntry<Activation>> table();
};

}  // namespace ae
