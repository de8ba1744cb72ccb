#pragma once

#include <ATen/core/Tensor.h>

#include <span>
#include <string>

namespace ae {

/// Transform of the encoder's input; the target stays as it is.
enum class InputTransform {
  none,
  log1p,      ///< ln(1 + x) of values of at least 0
  unit_norm,  ///< each row divided by its Euclidean norm; a row of zeros stays 0
};

/// Names of the transforms, for the config.
std::span<const std::string> input_transform_names();
InputTransform input_transform_of(const std::string& name);

/// [B, D] → [B, D]
at::Tensor transformed(InputTransform transform, const at::Tensor& x);

}  // namespace ae
