#pragma once

namespace ae {

/// An activation applied to each value, whose derivative is a function of its output.
struct PointwiseActivation {
  enum class Kind { identity, relu, leaky_relu, sigmoid, tanh };
  Kind kind = Kind::identity;
  double negative_slope = 0;  ///< of leaky_relu
};

/// A loss that is a sum over values of output and target. Cross-entropy takes logits.
enum class PointwiseLoss { squared_error, absolute_error, cross_entropy };

}  // namespace ae
