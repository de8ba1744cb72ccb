#include "evaluation/image_quality.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/reflection_pad2d.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace ae {
namespace {

constexpr int64_t kRadius = 5;
constexpr double kSigma = 1.5;

/// Gaussian weights that sum to 1.
std::array<double, 2 * kRadius + 1> weights() {
  std::array<double, 2 * kRadius + 1> line{};
  double sum = 0;
  for (int64_t i = -kRadius; i <= kRadius; ++i) {
    sum += line[static_cast<size_t>(i + kRadius)] =
        std::exp(-static_cast<double>(i * i) / (2 * kSigma * kSigma));
  }
  for (double& weight : line) weight /= sum;
  return line;
}

/// Weighted means where the window lies within, along the last axis.
at::Tensor weighted_along_last(const at::Tensor& values) {
  static const std::array<double, 2 * kRadius + 1> kWeights = weights();
  const int64_t length = values.size(-1) - 2 * kRadius;
  at::Tensor out = values.narrow(-1, 0, length) * kWeights[0];
  for (size_t i = 1; i < kWeights.size(); ++i) {
    out.add_(values.narrow(-1, static_cast<int64_t>(i), length), kWeights[i]);
  }
  return out;
}

/// The window is a product of two. [N, C, H, W] → [N, C, H - 10, W - 10]
at::Tensor weighted(const at::Tensor& values) {
  return weighted_along_last(weighted_along_last(values).transpose(2, 3)).transpose(2, 3);
}

/// SSIM where the window lies within the images. [N, C, H, W] → [N]
at::Tensor mean_similarity(const at::Tensor& x, const at::Tensor& y, double range) {
  const at::Tensor mean_x = weighted(x);
  const at::Tensor mean_y = weighted(y);
  const at::Tensor variance_x = weighted(x * x) - mean_x * mean_x;
  const at::Tensor variance_y = weighted(y * y) - mean_y * mean_y;
  const at::Tensor covariance = weighted(x * y) - mean_x * mean_y;
  const double c1 = std::pow(0.01 * range, 2);
  const double c2 = std::pow(0.03 * range, 2);
  const at::Tensor map =
      (2 * mean_x * mean_y + c1) * (2 * covariance + c2) /
      ((mean_x * mean_x + mean_y * mean_y + c1) * (variance_x + variance_y + c2));
  return map.flatten(1).mean(1);
}

}  // namespace

double pooled_psnr(double mse, double range) { return 10 * std::log10(range * range / mse); }

at::Tensor psnr_by_image(const at::Tensor& images, const at::Tensor& decoded, double range) {
  const at::Tensor error = images.to(at::kDouble) - decoded.to(at::kDouble);
  return 10 * (range * range / error.square().flatten(1).mean(1)).log10();
}

Ssim structural_similarity(const at::Tensor& images, const at::Tensor& decoded, double range) {
  const at::Tensor x = images.to(at::kDouble);
  const at::Tensor y = decoded.to(at::kDouble);
  const int64_t shortest = std::min(x.size(2), x.size(3));
  Ssim out;
  if (shortest > 2 * kRadius) out.valid = mean_similarity(x, y, range);
  if (shortest > kRadius) {
    const auto padded = [](const at::Tensor& values) {
      return at::reflection_pad2d(values, {kRadius, kRadius, kRadius, kRadius});
    };
    out.reflected = mean_similarity(padded(x), padded(y), range);
  }
  return out;
}

}  // namespace ae
