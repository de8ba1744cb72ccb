#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>

#include "models/activation.h"

namespace ae {

/// Counts decoder outputs that are saturated: close to a bound of the output activation, where
/// gradients vanish, and far from the data.
class Saturation {
 public:
  /// @param last  output activation of the decoder, or null
  /// @return      nullopt unless the activation is bounded on both sides
  static std::optional<Saturation> of(const Activation* last);

  /// @param output  [B * samples, D] after the activation, the samples of a row adjacent
  /// @param target  [B, D] scaled data
  void add(const at::Tensor& output, const at::Tensor& target);

  /// Fraction of outputs within 1 % of the activation's range from a bound and at least 10 % of it
  /// from the data. Synchronises with the device.
  double fraction() const;

 private:
  explicit Saturation(const Activation::Bounds& bounds) : bounds_(bounds) {}

  Activation::Bounds bounds_;
  int64_t values_ = 0;
  at::Tensor saturated_;  // scalar int64
};

}  // namespace ae
