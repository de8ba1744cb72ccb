#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <string>

namespace ae {

/// Checks autograd's gradient of a scalar function, at each of a float64 tensor's elements, against
/// central differences.
void expect_gradient(const at::Tensor& point,
                     const std::function<at::Tensor(const at::Tensor&)>& function,
                     const std::string& what);

}  // namespace ae
