#pragma once

#include <ATen/core/Tensor.h>

#include <string>

#include "models/noise.h"

namespace ae {

/// Observer of the layers' outputs, called in forward order.
class LayerWatch {
 public:
  virtual ~LayerWatch() = default;
  /// @param part  "encoder", "latent" or "decoder", to which the next layers belong
  virtual void enter(const char* part) = 0;
  /// @param place  layer within its part, "0 (Linear)"; empty if the part has one layer
  virtual void see(const std::string& place, const at::Tensor& output) = 0;
};

/// Inputs of a forward pass other than the batch's values.
struct ForwardContext {
  bool training = false;         ///< enables dropout and batch statistics, as Module.train()
  const Noise* noise = nullptr;  ///< for dropout; set in training
  at::Tensor condition;          ///< [B, classes] one-hot labels; undefined if not conditional
  at::Tensor dead;               ///< [Z] bool: dead latents; undefined if not tracked
  LayerWatch* watch = nullptr;   ///< null if layer outputs are not observed
};

}  // namespace ae
