#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>

#include "models/activation.h"

namespace ae {

/// How many of a decoder's outputs lie where its last activation is flat and hardly lets a gradient
/// through, though the data are elsewhere: what training can no longer put right.
class Saturation {
 public:
  /// @param last  the decoder's last activation, or null
  /// @return      nothing for one that does not level off on both sides
  static std::optional<Saturation> of(const Activation* last);

  /// @param output  [B * draws, D] what the activation gives, those of one row together
  /// @param target  [B, D] scaled data
  void add(const at::Tensor& output, const at::Tensor& target);

  /// Share of the outputs that lie within 1 % of the activation's range from a bound, and 10 % of
  /// it or more from the data. Waits for the device.
  double fraction() const;

 private:
  explicit Saturation(const Activation::Bounds& bounds) : bounds_(bounds) {}

  Activation::Bounds bounds_;
  int64_t values_ = 0;
  at::Tensor saturated_;  // scalar int64
};

}  // namespace ae
