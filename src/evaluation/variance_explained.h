#pragma once

#include <ATen/core/Tensor.h>

#include <optional>

namespace ae {

/// Share of the variance that reconstructions explain, pooled over features: 1 - Σ‖x - x̂‖² /
/// Σ‖x - mean‖², about the mean of the rows that are added. (About 0 instead, it would credit a
/// model with the mean.) Missing values (NaN) count in neither sum. Gathered batch by batch.
class VarianceExplained {
 public:
  /// @param rows, decoded  [B, D]
  void add(const at::Tensor& rows, const at::Tensor& decoded);
  /// Nothing without rows, or if they are all equal.
  std::optional<double> value() const;

 private:
  at::Tensor origin_;    // [D] float64, mean of the first batch, against cancellation
  at::Tensor sum_;       // [D] of rows - origin
  at::Tensor squares_;   // [D] of rows - origin
  at::Tensor observed_;  // [D] rows in which the feature is not missing
  double error_ = 0;
};

}  // namespace ae
