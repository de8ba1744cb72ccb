#pragma once

#include <ATen/core/Tensor.h>

#include <utility>

namespace ae {

/// A constant tensor that follows from the config or the data, and is not saved with the weights.
/// Held on the CPU, with a copy on the GPU where one is used.
class DeviceConstant {
 public:
  DeviceConstant() = default;
  explicit DeviceConstant(at::Tensor on_cpu) : on_cpu_(std::move(on_cpu)) {}

  bool defined() const { return on_cpu_.defined(); }
  const at::Tensor& on_cpu() const { return on_cpu_; }
  /// Thread-safe for the CPU.
  const at::Tensor& on(at::Device device) const {
    if (device == on_cpu_.device()) return on_cpu_;
    if (!on_gpu_.defined() || on_gpu_.device() != device) on_gpu_ = on_cpu_.to(device);
    return on_gpu_;
  }

 private:
  at::Tensor on_cpu_;
  mutable at::Tensor on_gpu_;
};

}  // namespace ae
