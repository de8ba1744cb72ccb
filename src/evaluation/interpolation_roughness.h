#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "models/autoencoder.h"

namespace ae {

/// Roughness of a path through data space; a straight path of even steps has 1 and 1.
struct PathRoughness {
  double length_ratio = 1;  ///< length of the path over the distance of its ends
  double step_ratio = 1;    ///< largest step over mean step
};

/// @param points  [S, D] in their order, S ≥ 2
/// @return        nothing if the ends coincide, or if a distance is not finite
std::optional<PathRoughness> path_roughness(const at::Tensor& points);

/// Roughness of decoded paths: great where the decoder jumps, or takes detours, between two rows.
struct InterpolationRoughness {
  int64_t pairs = 0;     ///< that have a roughness
  int64_t left_out = 0;  ///< pairs whose ends decode to the same row
  double mean_length_ratio = 0;
  double median_length_ratio = 0;  ///< the mean of the two middle values if `pairs` is even
  double mean_step_ratio = 0;
  double median_step_ratio = 0;
};

InterpolationRoughness summary_of(const std::vector<PathRoughness>& paths);

/// Decodes `points` codes on the straight line between two codes, their ends included, for each
/// pair. @param from, to  [P, Z] on the CPU
/// @param labels  [P] int64 of the pairs, for a conditional model; else ignored
/// @param device  the model's
InterpolationRoughness interpolation_roughness(Autoencoder& model, const at::Tensor& from,
                                               const at::Tensor& to, const at::Tensor& labels,
                                               at::Device device, int64_t points = 16);

}  // namespace ae
