#pragma once

#include <ATen/core/Tensor.h>

#include <string>

#include "models/noise.h"

namespace ae {

/// Is shown what each layer gives, in the order in which data passes them.
class LayerWatch {
 public:
  virtual ~LayerWatch() = default;
  /// @param part  "encoder", "latent", "decoder": of the layers that follow
  virtual void enter(const char* part) = 0;
  /// @param place  the layer's number in its part; empty where it has none
  virtual void see(const std::string& place, const at::Tensor& output) = 0;
};

/// What a batch brings to the layers beside its values.
struct ForwardContext {
  bool training = false;         ///< dropout drops, batch normalisation measures the batch
  const Noise* noise = nullptr;  ///< for dropout; set in training
  at::Tensor condition;          ///< [B, classes] one-hot labels; undefined without
  at::Tensor dead;               ///< [Z] bool: latents long inactive; undefined where not tracked
  LayerWatch* watch = nullptr;   ///< where someone wants to know
};

}  // namespace ae
