#pragma once

#include <functional>

namespace ae {

/// Floating-point operations, two for each multiplication, of the matrix products and convolutions
/// that LibTorch does within work(), the backward pass included.
double recorded_flops(const std::function<void()>& work);

}  // namespace ae
