#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>

namespace ae {

/// Preservation of neighbourhoods by an embedding, each in [0, 1], 1 the best.
struct EmbeddingQuality {
  /// 1 - 2 / (n k (2n - 3k - 1)) Σ max(0, rank - k) over the k nearest rows of each row in the
  /// embedding, ranked by their distance in the data: low where rows are neighbours that should not
  /// be.
  double trustworthiness = 0;
  /// The same with the two spaces swapped: low where neighbours were torn apart.
  double continuity = 0;
};

/// Trustworthiness and continuity by exact ranks of Euclidean distances; as scikit-learn's
/// `trustworthiness`, except for ties: where rows are equally far, within rounding, the term is its
/// mean over all orders of theirs, while scikit-learn has the order that its sort leaves.
/// O(n² (D + Z + min(k, log n))) time, distances in blocks of rows.
/// @param data     [n, D] float32 or float64, finite, on the CPU
/// @param codes    [n, Z] likewise
/// @param k        number of neighbours, at least 1
/// @param threads  threads that share the blocks; the result does not depend on them
/// @return nothing unless k < n / 2
/// Source: Venna & Kaski 2001, "Neighborhood preservation in nonlinear projection methods".
std::optional<EmbeddingQuality> embedding_quality(const at::Tensor& data, const at::Tensor& codes,
                                                  int64_t k = 5, int threads = 1);

}  // namespace ae
