#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace ae {

/// k-nearest-neighbours classifier with Euclidean distance and majority vote; the nearest row of
/// the tied classes breaks ties. Brute force: matrix multiplications in chunks of bounded memory
/// select candidates, whose distances are then computed in float64.
/// Source: Cover & Hart 1967, "Nearest neighbor pattern classification".
class NearestNeighbours {
 public:
  /// @param rows     [N, D] float32, contiguous, on the CPU; shared, not copied
  /// @param classes  [N] int64 in [0, class_count)
  NearestNeighbours(at::Tensor rows, at::Tensor classes, int64_t class_count);

  /// @param queries  [Q, D] float32
  /// @param k        number of neighbours, in [1, N]
  /// @return         [Q] int64 classes
  at::Tensor classify(const at::Tensor& queries, int64_t k) const;
  /// Classifies each of the first `count` rows by the other rows.
  /// @param k  number of neighbours, in [1, N - 1]
  /// @return   [count] int64 classes
  at::Tensor classify_leave_one_out(int64_t count, int64_t k) const;

 private:
  at::Tensor classify(const at::Tensor& queries, int64_t k, bool leave_one_out) const;
  /// Indices of the rows nearest to each query, unordered. [Q, count] int64
  /// @param excluded  index of the first query among the rows, if row `excluded` + i is query i and
  ///                  not its own neighbour; -1 if queries are not among the rows
  at::Tensor nearest_rows(const at::Tensor& queries, int64_t count, int64_t excluded) const;
  int64_t vote(const float* query, const int64_t* candidates, int64_t count, int64_t k) const;

  at::Tensor rows_;
  at::Tensor classes_;
  int64_t class_count_;
  at::Tensor mean_;     // [D] float32
  at::Tensor squares_;  // [N] float32: squared distances from the mean
};

}  // namespace ae
