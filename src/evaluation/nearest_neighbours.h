#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace ae {

/// Classifies by the majority among the nearest rows, by Euclidean distance; of classes with as
/// many among them, the one whose nearest is nearest. Every distance is computed, by matrix
/// products in chunks of bounded memory, and those that matter once more, exactly.
/// Source: Cover & Hart 1967, "Nearest neighbor pattern classification".
class NearestNeighbours {
 public:
  /// @param rows     [N, D] float32, on the CPU; shared, not copied
  /// @param classes  [N] int64 in [0, class_count)
  NearestNeighbours(at::Tensor rows, at::Tensor classes, int64_t class_count);

  /// @param queries  [Q, D] float32
  /// @param k        neighbours that vote, in [1, N]
  /// @return         [Q] int64 classes
  at::Tensor classify(const at::Tensor& queries, int64_t k) const;
  /// Classes of the first `count` rows by their neighbours among the others; k in [1, N - 1].
  at::Tensor classify_own(int64_t count, int64_t k) const;

 private:
  at::Tensor classify(const at::Tensor& queries, int64_t k, bool own) const;
  /// The rows nearest to each query, in any order. [Q, count] int64
  /// @param own  the row that the first query is, the others following; -1 where they are none
  at::Tensor nearest_of(const at::Tensor& queries, int64_t count, int64_t own) const;
  int64_t vote(const float* query, const int64_t* candidates, int64_t count, int64_t k) const;

  at::Tensor rows_;
  at::Tensor classes_;
  int64_t class_count_;
  at::Tensor mean_;     // [D] float32
  at::Tensor squares_;  // [N] float32: squared distances from the mean
};

}  // namespace ae
