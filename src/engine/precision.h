#pragma once

#include <ATen/core/Tensor.h>

#include <optional>
#include <span>
#include <string>

namespace ae {

/// Numeric precision of training.
enum class Precision {
  float32,
  tf32,     ///< float32, with TF32 matrix multiplications on a GPU (10-bit mantissa)
  bf16,     ///< mixed: layers in bfloat16; weights, losses and updates in float32
  float64,  ///< everything in float64
};

/// Names of the precisions in a config, in the order of the enumeration.
std::span<const std::string> precision_names();
/// @param name  one of precision_names()
Precision precision_of(const std::string& name);

/// Dtype of the parameters and of the objective.
inline at::ScalarType parameter_type(Precision precision) {
  return precision == Precision::float64 ? at::kDouble : at::kFloat;
}

/// Enables or disables TF32 for float32 matrix multiplications on a GPU, for this process.
void set_matmul_precision(Precision precision);

/// RAII guard: runs layers on the device in bfloat16 if `precision` is bf16.
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
