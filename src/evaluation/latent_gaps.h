#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "models/autoencoder.h"

namespace ae {

/// Gaps of a latent space: points that decode to rows that encode elsewhere. The ratio of a point z
/// is ‖encode(decode(z)) - z‖ over the median distance of a training code to its nearest other one.
struct LatentGaps {
  std::vector<double> ratios;     ///< of the points, ascending
  double neighbour_distance = 0;  ///< median over training codes
  double share_outside = 0;       ///< share of points with a ratio above 1
};

/// Median Euclidean distance of a code to the nearest other code; 0 if most are repeated.
/// @param codes  [N, Z], N ≥ 2
double median_neighbour_distance(const at::Tensor& codes);

/// @param points          [M, Z] of the latent space
/// @param labels          [M] of a conditional model; else undefined
/// @param training_codes  [N, Z], N ≥ 2; the distances of all pairs are held in blocks
LatentGaps latent_gaps(Autoencoder& model, const at::Tensor& points, const at::Tensor& labels,
                       const at::Tensor& training_codes);

/// Points drawn uniformly from the bounding box of codes. [count, Z]
at::Tensor uniform_in_box(const at::Tensor& codes, int64_t count, uint64_t seed);

}  // namespace ae
