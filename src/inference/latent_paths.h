#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace ae {

/// Codes on the way from one to another, both included, at equal distances.
/// @param from, to   [Z]
/// @param spherical  along the great circle, the length interpolated linearly, as suits codes with
///                   a Gaussian prior; codes of (nearly) one direction are interpolated linearly.
///                   Source: White 2016 (arXiv:1609.04468)
/// @return           [steps, Z]; steps ≥ 2
at::Tensor interpolated_codes(const at::Tensor& from, const at::Tensor& to, int64_t steps,
                              bool spherical);

/// Copies of a code with one latent at equally spaced values. [Z] → [steps, Z]; steps ≥ 2
at::Tensor traversed_codes(const at::Tensor& code, int64_t latent, double low, double high,
                           int64_t steps);

/// Grid over two latents, the first from left to right, the second from the bottom to the top: the
/// quantiles of the standard normal distribution, so that each point stands for as much of the
/// prior. Source: Kingma & Welling 2013 (arXiv:1312.6114), figure 4.
/// @return  [steps * steps, 2], in lines from the top
at::Tensor normal_grid(int64_t steps);

}  // namespace ae
