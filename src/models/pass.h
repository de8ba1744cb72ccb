#pragma once

#include <ATen/core/Tensor.h>

#include "models/noise.h"

namespace ae {

/// What a batch brings to the layers beside its values.
struct Pass {
  bool training = false;         ///< dropout drops, batch normalisation measures the batch
  const Noise* noise = nullptr;  ///< for dropout; set in training
  at::Tensor condition;          ///< [B, classes] one-hot labels; undefined without
  at::Tensor dead;               ///< [Z] bool: latents long inactive; undefined where not tracked
};

}  // namespace ae
