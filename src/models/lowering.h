#pragma once

#include <ATen/core/Tensor.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ae {

/// An activation whose derivative its own value tells.
struct Elementwise {
  enum class Kind { identity, relu, leaky_relu, sigmoid, tanh };

  Kind kind = Kind::identity;
  double slope = 0;  ///< below 0, of leaky_relu
};

/// activation(x weight' + bias)
struct LoweredLinear {
  at::Tensor weight;  ///< [out, in], a parameter
  at::Tensor bias;    ///< [out], a parameter
  Elementwise activation;
};

/// Gives the last of the layers this activation. False where there is none to give, or no layer
/// that could take it.
inline bool join(std::vector<LoweredLinear>& layers, const std::optional<Elementwise>& activation) {
  if (!activation || layers.empty()) return false;
  if (layers.back().activation.kind != Elementwise::Kind::identity) return false;
  layers.back().activation = *activation;
  return true;
}

/// A code of which the k largest values pass.
struct LoweredTopK {
  int64_t k;
  bool relu;  ///< those of them that are negative become 0
};

/// A loss of values on their own.
struct LoweredLoss {
  enum class Kind { squared, absolute, cross_entropy };

  Kind kind = Kind::squared;
  double weight = 1;  ///< of each value in a row's sum
};

/// A model and its objective as the few operations of which the engine has fused forms. Parts add
/// themselves; a part that has no such form says so, and the model is trained by autograd.
class LoweredModel {
 public:
  std::vector<LoweredLinear> encoder;
  /// To the code; for a Gaussian posterior its mean and its log-variance.
  std::vector<LoweredLinear> latent;
  std::optional<LoweredTopK> top_k;
  std::vector<LoweredLinear> decoder;
  LoweredLoss loss;
  bool l1 = false;  ///< the sum of the code's magnitudes is a part of the loss

  /// @param what  the part that has no fused form, as the config names it
  void refuse(std::string what) {
    if (!refusal_) refusal_ = std::move(what);
  }
  const std::optional<std::string>& refusal() const { return refusal_; }

 private:
  std::optional<std::string> refusal_;
};

}  // namespace ae
