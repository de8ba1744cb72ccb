#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace ae {

struct KMeansOptions {
  int64_t clusters = 8;      ///< in [1, N]
  int64_t starts = 10;       ///< initialisations, of which that with the least inertia is kept
  int64_t iterations = 300;  ///< maximum number of iterations of a start
  /// Sum of squared shifts of the centres at convergence, over the features' mean variance.
  double tolerance = 1e-4;
  uint64_t seed = 0;
  int threads = 1;  ///< threads that share the starts; the result does not depend on them
};

struct KMeans {
  at::Tensor centres;  ///< [K, D] float64
  at::Tensor classes;  ///< [N] int64 index of the nearest centre, the first of equally near ones
  double inertia = 0;  ///< Σ squared distance of each row from its centre
  int64_t iterations = 0;  ///< of the start that is kept
};

/// k-means clustering: Lloyd's iterations from centres that k-means++ draws, each the best of
/// 2 + ⌊log K⌋ candidates; as scikit-learn's KMeans(n_init=10), with other random numbers. A
/// cluster that becomes empty moves to the row farthest from its centre. Deterministic in the seed.
/// @param rows  [N, D] float32 or float64, finite, on the CPU; a float64 copy is made
/// Source: Lloyd 1982, "Least squares quantization in PCM"; Arthur & Vassilvitskii 2007,
/// "k-means++: the advantages of careful seeding".
KMeans k_means(const at::Tensor& rows, const KMeansOptions& options);

/// Lloyd's iterations from given centres; of the options `iterations` and `tolerance` apply.
/// @param centres  [K, D]
KMeans k_means_from(const at::Tensor& rows, const at::Tensor& centres,
                    const KMeansOptions& options);

}  // namespace ae
