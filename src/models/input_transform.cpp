#include "models/input_transform.h"

#include <ATen/TensorOperators.h>

#include <algorithm>
#include <vector>

namespace ae {
namespace {

/// In the order of the enumerators.
const std::vector<std::string>& names() {
  static const std::vector<std::string> kNames = {"none", "log1p", "unit_norm"};
  return kNames;
}

}  // namespace

std::span<const std::string> input_transform_names() { return names(); }

InputTransform input_transform_of(const std::string& name) {
  return static_cast<InputTransform>(std::find(names().begin(), names().end(), name) -
                                     names().begin());
}

at::Tensor transformed(InputTransform transform, const at::Tensor& x) {
  switch (transform) {
    case InputTransform::none:
      return x;
    case InputTransform::log1p:
      return x.clamp_min(0).log1p();  // corruption may be below 0
    case InputTransform::unit_norm:
      return x / x.norm(2, /*dim=*/1, /*keepdim=*/true).clamp_min(1e-12);
  }
  return x;
}

}  // namespace ae
