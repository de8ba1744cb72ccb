#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "evaluation/detector.h"

namespace ae {

/// Anomaly score by the Euclidean distance from the k-th nearest training row; PyOD's KNN of method
/// "largest". Exact: matrix products in blocks of bounded memory select candidates by bounds of
/// their rounding, whose distances are then summed over the features. O(M N D) time.
/// Source: Ramaswamy, Rastogi & Shim 2000, "Efficient algorithms for mining outliers from large
/// data sets".
class KnnDetector : public Detector {
 public:
  /// @param rows  [N, D] float32 or float64, finite, on the CPU; N ≥ 2
  /// @param k     number of neighbours, in [1, N - 1]
  KnnDetector(const at::Tensor& rows, int64_t k);

  /// A row that equals a training row has it as its neighbour.
  at::Tensor score(const at::Tensor& rows, int threads) const override;
  /// A row is not its own neighbour; rows equal to it are.
  at::Tensor score_training_rows(int threads) const override;

 private:
  at::Tensor distances(const at::Tensor& queries, bool leave_one_out, int threads) const;
  /// Distances of some queries. @param excluded  training row of the first query; -1 if none is
  void distances_of_block(const at::Tensor& queries, int64_t excluded, double* out) const;

  at::Tensor rows_;     // [N, D] float64, contiguous
  at::Tensor mean_;     // [D]
  at::Tensor centred_;  // [N, D]
  at::Tensor squares_;  // [N] squared norms of the centred rows
  int64_t k_;
};

}  // namespace ae
