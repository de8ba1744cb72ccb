#pragma once

#include <ATen/core/Tensor.h>

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "kernels/pointwise.h"

namespace ae {

/// activation(x weight' + bias)
struct LoweredLinear {
  at::Tensor weight;  ///< [out, in], a parameter
  at::Tensor bias;    ///< [out], a parameter
  PointwiseActivation activation;
};

/// activation(convolution of x + bias), of images [channels, height, width]; what has one axis is
/// of height 1.
struct LoweredConvolution {
  /// Sizes along an axis.
  struct Axis {
    int64_t input = 1;
    int64_t output = 1;
    int64_t kernel = 1;
    int64_t stride = 1;
    int64_t padding = 0;  ///< before the first value
  };

  at::Tensor weight;  ///< [out, in, kernel…], of a transposed one [in, out, kernel…]; a parameter
  at::Tensor bias;    ///< [out], a parameter
  bool transposed = false;
  Axis height;
  Axis width;
  PointwiseActivation activation;

  int64_t inputs() const { return weight.size(transposed ? 0 : 1); }
  int64_t outputs() const { return weight.size(transposed ? 1 : 0); }
};

/// Layers as data passes them. Between two of them its shape may change, never its order.
using LoweredLayer = std::variant<LoweredLinear, LoweredConvolution>;
using LoweredLayers = std::vector<LoweredLayer>;

/// Gives the last of the layers this activation. False where there is none to give, or no layer
/// that could take it.
inline bool join(LoweredLayers& layers, const std::optional<PointwiseActivation>& activation) {
  if (!activation || layers.empty()) return false;
  PointwiseActivation& own =
      std::visit([](auto& last) -> PointwiseActivation& { return last.activation; }, layers.back());
  if (own.kind != PointwiseActivation::Kind::identity) return false;
  own = *activation;
  return true;
}

/// A code of which the k largest values pass.
struct LoweredTopK {
  int64_t k;
  bool relu;            ///< those of them that are negative become 0
  int64_t auxiliary_k;  ///< dead latents that learn to explain what the others leave
};

/// A loss of values on their own.
struct LoweredLoss {
  PointwiseLoss kind = PointwiseLoss::squared_error;
  double weight = 1;  ///< of each value in a row's sum
};

/// A model and its objective as the few operations of which the engine has fused forms. Parts add
/// themselves; a part that has no such form says so, and the model is trained by autograd.
class LoweredModel {
 public:
  int64_t features = 0;  ///< values of a row
  LoweredLayers encoder;
  /// To the code; for a Gaussian posterior its mean and its log-variance.
  LoweredLayers latent;
  std::optional<LoweredTopK> top_k;
  LoweredLayers decoder;
  LoweredLoss loss;
  bool l1 = false;  ///< the sum of the code's magnitudes is a part of the loss
  /// Factor of what the dead latents leave, itself a mean or a sum as the loss is; 0 without.
  double auxiliary_weight = 0;
  /// The last layer's bias is taken from what the encoder is given.
  bool pre_encoder_bias = false;

  /// @param what  the part that has no fused form, as the config names it
  void refuse(std::string what) {
    if (!refusal_) refusal_ = std::move(what);
  }
  const std::optional<std::string>& refusal() const { return refusal_; }

 private:
  std::optional<std::string> refusal_;
};

}  // namespace ae
