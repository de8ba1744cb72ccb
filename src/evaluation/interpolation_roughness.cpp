#include "evaluation/interpolation_roughness.h"

#include <ATen/TensorOperators.h>

#include <algorithm>
#include <cmath>

#include "data/step.h"
#include "evaluation/decode_rows.h"
#include "inference/latent_paths.h"

namespace ae {
namespace {

double distance_of(const at::Tensor& a, const at::Tensor& b) {
  return std::sqrt((a.to(at::kDouble) - b.to(at::kDouble)).square().sum().item<double>());
}

double mean_of_numbers(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return values.empty() ? 0 : sum / static_cast<double>(values.size());
}

double median_of_numbers(std::vector<double> values) {
  std::ranges::sort(values);
  return values.empty() ? 0 : quantile_of(values, 0.5);
}

}  // namespace

std::optional<PathRoughness> path_roughness(const at::Tensor& points) {
  const int64_t steps = points.size(0) - 1;
  double length = 0;
  double largest = 0;
  for (int64_t i = 0; i < steps; ++i) {
    const double step = distance_of(points[i], points[i + 1]);
    length += step;
    largest = std::max(largest, step);
  }
  const double straight = distance_of(points[0], points[steps]);
  if (!(straight > 0) || !std::isfinite(length) || !std::isfinite(straight)) return std::nullopt;
  return PathRoughness{length / straight, largest * static_cast<double>(steps) / length};
}

InterpolationRoughness summary_of(const std::vector<PathRoughness>& paths) {
  std::vector<double> lengths;
  std::vector<double> steps;
  for (const PathRoughness& path : paths) {
    lengths.push_back(path.length_ratio);
    steps.push_back(path.step_ratio);
  }
  return {.pairs = static_cast<int64_t>(paths.size()),
          .mean_length_ratio = mean_of_numbers(lengths),
          .median_length_ratio = median_of_numbers(lengths),
          .mean_step_ratio = mean_of_numbers(steps),
          .median_step_ratio = median_of_numbers(steps)};
}

InterpolationRoughness interpolation_roughness(Autoencoder& model, const at::Tensor& from,
                                               const at::Tensor& to, const at::Tensor& labels,
                                               at::Device device, int64_t points) {
  std::vector<PathRoughness> paths;
  for (int64_t i = 0; i < from.size(0); ++i) {
    const at::Tensor codes = interpolated_codes(from[i], to[i], points, /*spherical=*/false);
    const at::Tensor label =
        model.classes() > 0 ? labels.narrow(0, i, 1).expand({points}) : at::Tensor();
    const auto path = path_roughness(decode_rows(model, codes, label, device));
    if (path) paths.push_back(*path);
  }
  InterpolationRoughness out = summary_of(paths);
  out.left_out = from.size(0) - out.pairs;
  return out;
}

}  // namespace ae
