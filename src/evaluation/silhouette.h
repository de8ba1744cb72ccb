#pragma once

#include <ATen/core/Tensor.h>

#include <optional>

namespace ae {

/// Mean silhouette (b - a) / max(a, b) of rows under Euclidean distance, exact: a is a row's mean
/// distance from the other rows of its cluster, b that from the rows of the nearest other cluster.
/// A row alone in its cluster counts 0, and so does one with a = b = 0. In [-1, 1]; scikit-learn's
/// silhouette_score. O(N² D) time, distances in blocks of rows.
/// @param codes    [N, D] float32 or float64, finite, on the CPU
/// @param labels   [N] int64, any values
/// @param threads  threads that share the blocks; the result does not depend on them
/// @return nothing if there are fewer than 2 distinct labels, or as many as rows
/// Source: Rousseeuw 1987, "Silhouettes: a graphical aid".
std::optional<double> mean_silhouette(const at::Tensor& codes, const at::Tensor& labels,
                                      int threads = 1);

}  // namespace ae
