#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>

namespace ae {

/// Options of umap(), with the defaults of umap-learn.
struct UmapOptions {
  int64_t neighbours = 15;    ///< of each row, itself among them as in umap-learn; at least 2
  double min_distance = 0.1;  ///< of points in the map, in [0, 1]
  uint64_t seed = 0;
  int threads = 1;  ///< that search for neighbours; the result does not depend on them
};

/// True if this build has UMAP, whose headers the build does without where they are missing.
bool has_umap();

/// Uniform manifold approximation and projection to two dimensions, by umappp: a graph of the exact
/// nearest neighbours (Euclidean distance), whose spectral embedding is improved by stochastic
/// gradient descent over 500 epochs, of more than 10,000 rows 200, on one thread. Where the graph
/// falls apart, as with groups of equal rows, the start is the rows' projection on principal axes.
/// O(N² Z) time for the neighbours.
/// @param rows  [N, Z] float32 or float64, finite, on the CPU
/// @return      [N, 2] float32; nothing if this build has no UMAP
/// Source: McInnes, Healy & Melville 2018 (arXiv:1802.03426).
std::optional<at::Tensor> umap(const at::Tensor& rows, const UmapOptions& options = {});

}  // namespace ae
