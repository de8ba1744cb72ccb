#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <vector>

#include "evaluation/detector.h"

namespace ae {

/// Settings of an isolation forest; the defaults are the paper's.
struct IsolationForestOptions {
  int64_t trees = 100;
  int64_t rows_of_tree = 256;  ///< drawn without replacement; all rows if there are fewer
  uint64_t seed = 1;
};

/// Anomaly score 2^(-E[h] / c(n)) in (0, 1), with the mean depth E[h] at which trees of random
/// splits isolate a row, and c(n) that of a search that fails in a binary tree of the n rows drawn
/// for a tree. Trees end at depth ceil(log2 n); a leaf of m rows counts c(m) further levels. Splits
/// take a feature that is not constant in the node, and a threshold uniform over its range there.
/// Fitting takes N < 2^32 rows, and time by the number of trees alone.
/// Source: Liu, Ting & Zhou 2008, "Isolation Forest".
class IsolationForest : public Detector {
 public:
  /// @param rows  [N, D] float32 or float64, finite, on the CPU; N ≥ 1. If all rows are equal, all
  ///              scores are.
  IsolationForest(const at::Tensor& rows, const IsolationForestOptions& options);

  at::Tensor score(const at::Tensor& rows, int threads) const override;
  at::Tensor score_training_rows(int threads) const override;

 private:
  /// Inner node, or leaf if `feature` is -1.
  struct Node {
    int32_t feature = -1;
    int32_t below = 0;  ///< child of the rows below the threshold; the other one follows it
    double value = 0;   ///< threshold; of a leaf: path length
  };
  using Tree = std::vector<Node>;

  /// @param sample  [n, D] float64, contiguous
  /// @param number  of the tree; its draws follow from it and the seed
  static Tree grow(const at::Tensor& sample, uint64_t number, uint64_t seed);
  /// Adds the path lengths of rows. @param rows  [M, D] contiguous @param sums  [M]
  static void add_path_lengths(const Tree& tree, const at::Tensor& rows, std::span<double> sums);

  at::Tensor rows_;  // [N, D]
  std::vector<Tree> trees_;
  double expected_ = 0;  // c(n)
};

}  // namespace ae
