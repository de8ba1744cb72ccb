#include "engine/precision.h"

#include <ATen/Context.h>
#include <ATen/autocast_mode.h>

#include <algorithm>
#include <vector>

namespace ae {

std::span<const std::string> precision_names() {
  static const std::vector<std::string> kNames = {"float32", "tf32", "bf16", "float64"};
  return kNames;
}

Precision precision_of(const std::string& name) {
  const auto names = precision_names();
  return static_cast<Precision>(std::find(names.begin(), names.end(), name) - names.begin());
}

void set_matmul_precision(Precision precision) {
  const at::Float32Precision products =
      precision == Precision::tf32 ? at::Float32Precision::TF32 : at::Float32Precision::IEEE;
  for (const at::Float32Op op : {at::Float32Op::MATMUL, at::Float32Op::CONV}) {
    at::globalContext().setFloat32Precision(at::Float32Backend::CUDA, op, products);
  }
}

Autocast::Autocast(Precision precision, at::Device device) {
  if (precision != Precision::bf16) return;
  device_ = device.type();
  at::autocast::set_autocast_dtype(*device_, at::kBFloat16);
  at::autocast::set_autocast_enabled(*device_, true);
  at::autocast::increment_nesting();
}

Autocast::~Autocast() {
  if (!device_) return;
  // The cache holds cast weights, which the next update makes stale.
  if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
  at::autocast::set_autocast_enabled(*device_, false);
}

}  // namespace ae
