#pragma once

#include <ATen/core/Tensor.h>

#include <optional>
#include <span>
#include <string>

namespace ae {

/// The numbers that training computes with.
enum class Precision {
  float32,
  tf32,     ///< products of float32 on a GPU with 10 bits of mantissa
  bf16,     ///< layers in bfloat16, weights, losses and updates in float32
  float64,  ///< everything in float64
};

/// Their names in a config, in the order of the enumeration.
std::span<const std::string> precision_names();
/// @param name  one of those
Precision precision_of(const std::string& name);

/// The type of parameters and of what the objective is computed in.
inline at::ScalarType parameter_type(Precision precision) {
  return precision == Precision::float64 ? at::kDouble : at::kFloat;
}

/// How this process multiplies float32 on a GPU from here on: by TF32 or exactly.
void set_matmul_precision(Precision precision);

/// While this lives, layers on the device compute in bfloat16, if that is the precision.
class Autocast {
 public:
  Autocast(Precision precision, at::Device device);
  ~Autocast();
  Autocast(const Autocast&) = delete;
  Autocast& operator=(const Autocast&) = delete;

 private:
  std::optional<at::DeviceType> device_;
};

}  // namespace ae
