#include "inference/latent_paths.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/linspace.h>
#include <ATen/ops/special_ndtri.h>
#include <ATen/ops/stack.h>

#include <algorithm>
#include <cmath>

namespace ae {
namespace {

/// Angle below which the great circle is a straight line within rounding.
constexpr double kLeastAngle = 1e-4;

}  // namespace

at::Tensor interpolated_codes(const at::Tensor& from, const at::Tensor& to, int64_t steps,
                              bool spherical) {
  const at::Tensor a = from.to(at::kDouble);
  const at::Tensor b = to.to(at::kDouble);
  const at::Tensor t = at::linspace(0, 1, steps, at::kDouble).unsqueeze(1);
  const double length_a = a.norm().item<double>();
  const double length_b = b.norm().item<double>();
  const double cosine =
      length_a > 0 && length_b > 0 ? a.dot(b).item<double>() / (length_a * length_b) : 1;
  const double angle = std::acos(std::clamp(cosine, -1.0, 1.0));
  const bool straight = angle < kLeastAngle || M_PI - angle < kLeastAngle;
  if (!spherical || straight) return (a + t * (b - a)).to(at::kFloat);
  const at::Tensor direction = ((1 - t) * angle).sin() / std::sin(angle) * (a / length_a) +
                               (t * angle).sin() / std::sin(angle) * (b / length_b);
  return ((length_a + t * (length_b - length_a)) * direction).to(at::kFloat);
}

at::Tensor traversed_codes(const at::Tensor& code, int64_t latent, double low, double high,
                           int64_t steps) {
  at::Tensor codes = code.to(at::kFloat).unsqueeze(0).repeat({steps, 1});
  codes.select(1, latent).copy_(at::linspace(low, high, steps, at::kFloat));
  return codes;
}

at::Tensor normal_grid(int64_t steps) {
  const at::Tensor quantiles =
      at::special_ndtri((at::arange(steps, at::kDouble) + 0.5) / static_cast<double>(steps));
  const at::Tensor across = quantiles.unsqueeze(0).expand({steps, steps});
  const at::Tensor up = quantiles.flip(0).unsqueeze(1).expand({steps, steps});
  return at::stack({across, up}, 2).reshape({steps * steps, 2}).to(at::kFloat);
}

}  // namespace ae
