#pragma once

#include <ATen/core/Tensor.h>

#include "evaluation/detector.h"

namespace ae {

/// Anomaly score by empirical cumulative distributions of the columns, as PyOD 3.6.7 computes it:
/// Σ over columns of max(l, r, s), with l = -log of the share of rows at or below the value, r of
/// those at or above it, and s = l where the column's skewness is negative, r where it is positive,
/// l + r where it is 0. (The paper sums l, r and s over columns, and takes the largest sum.)
/// Skewness is compared with exactly 0, so that rounding decides for symmetric columns whose mean
/// is no short binary fraction, here as in PyOD, perhaps otherwise.
/// Source: Li et al. 2022, "ECOD: Unsupervised outlier detection using empirical cumulative
/// distribution functions" (arXiv:2201.00382).
class Ecod : public Detector {
 public:
  /// @param rows  [N, D] float32 or float64, finite, on the CPU; N ≥ 1
  explicit Ecod(const at::Tensor& rows);

  /// Scores of rows in the distributions of the training rows and these rows together, so that a
  /// row's score depends on the rows that it is scored with; as PyOD's decision_function().
  at::Tensor score(const at::Tensor& rows, int threads) const override;
  /// Scores in the distributions of the training rows; PyOD's decision_scores_.
  at::Tensor score_training_rows(int threads) const override;

 private:
  at::Tensor rows_;  // [N, D]
};

}  // namespace ae
