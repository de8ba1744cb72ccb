#pragma once

#include <ATen/core/Tensor.h>

#include <optional>

namespace ae {

/// Peak signal-to-noise ratio over all values together, in dB: 10 log10(range² / MSE). Infinite for
/// equal images. As torchmetrics' peak_signal_noise_ratio.
/// @param range  of the data: largest minus smallest possible value
double pooled_psnr(double mse, double range);

/// Peak signal-to-noise ratio of each image, in dB, which averages otherwise than pooled_psnr().
/// @param images, decoded  [N, …]
/// @return                 [N] float64
at::Tensor psnr_by_image(const at::Tensor& images, const at::Tensor& decoded, double range);

/// Structural similarity of each image with a Gaussian window (sigma 1.5, 11×11, K1 0.01, K2 0.03),
/// mean over channels and positions. Source: Wang et al. 2004, "Image quality assessment".
struct Ssim {
  /// [N] Mean where the window lies within the image, as in the paper and scikit-image; none for
  /// images of fewer than 11 pixels along an axis.
  std::optional<at::Tensor> valid;
  /// [N] Mean over all positions, the image reflected at its edges, as torchmetrics has it; none
  /// for images of fewer than 6 pixels along an axis.
  std::optional<at::Tensor> reflected;
};

/// @param images, decoded  [N, C, H, W]
/// @param range            of the data
Ssim structural_similarity(const at::Tensor& images, const at::Tensor& decoded, double range);

}  // namespace ae
