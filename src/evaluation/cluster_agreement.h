#pragma once

#include <ATen/core/Tensor.h>

namespace ae {

/// Agreement of two labelings of the same rows, which does not depend on the labels' names.
struct ClusterAgreement {
  /// Share of rows whose labels agree after the best one-to-one matching of the labels (Hungarian).
  double accuracy = 0;
  /// Mutual information over the arithmetic mean of the two entropies, in [0, 1]; 1 if each
  /// labeling has one label. scikit-learn's normalized_mutual_info_score.
  double normalized_mutual_information = 0;
  /// Rand index corrected for chance: 1 for equal partitions, 0 on average for random ones. 1 if
  /// each labeling has one label. scikit-learn's adjusted_rand_score.
  /// Source: Hubert & Arabie 1985, "Comparing partitions".
  double adjusted_rand_index = 0;
};

/// Compares two labelings. Memory: the product of their numbers of distinct labels.
/// @param a, b  [N] int64, any values; N ≥ 1
ClusterAgreement cluster_agreement(const at::Tensor& a, const at::Tensor& b);

}  // namespace ae
