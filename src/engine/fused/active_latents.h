#pragma once

#include <cstdint>
#include <vector>

#include "core/aligned_vector.h"
#include "engine/fused/primitive.h"

namespace ae::fused {

/// The k active latents of each row of a batch: indices, values and gradients.
template <class T>
class ActiveLatents {
 public:
  ActiveLatents(int64_t latents, int64_t k) : latents_(latents), max_count_(k), k_(k) {}

  /// Allocates memory for a batch; discards the contents.
  void reserve(int64_t rows);
  /// Sets k for the next batch; at most the k of the constructor.
  void set_k(int64_t k) { k_ = k; }
  int64_t latents() const { return latents_; }
  int64_t k() const { return k_; }
  int32_t* indices(int64_t row) { return indices_.data() + row * k_; }
  T* values(int64_t row) { return values_.data() + row * k_; }
  T* gradients(int64_t row) { return gradients_.data() + row * k_; }

  /// Builds the transposed index (latent to rows), once all rows are set.
  void invert(int64_t rows);
  /// Rows in which a latent is active, in ascending order, and the positions of its values in
  /// all_values() and all_gradients().
  struct Uses {
    const int32_t* rows;
    const int32_t* positions;
    int64_t count;
  };
  Uses uses(int64_t latent) const;
  const T* all_values() const { return values_.data(); }
  const T* all_gradients() const { return gradients_.data(); }

 private:
  int64_t latents_;
  int64_t max_count_;
  int64_t k_;
  std::vector<int32_t> indices_;    // [rows, k]
  AlignedVector<T> values_;         // [rows, k]
  AlignedVector<T> gradients_;      // [rows, k]
  std::vector<int64_t> begins_;     // [latents + 1] offsets in rows_ and positions_
  std::vector<int32_t> rows_;       // [rows * k] by latent
  std::vector<int32_t> positions_;  // [rows * k] by latent
};

/// Computes the gradient of the active latents from that of their weighted sum.
/// @param sums        [rows, width] with gradients
/// @param dictionary  [latents, width]
template <class T>
void active_latents_backward(const IndexRange& rows, const Buffer<T>& sums, const T* dictionary,
                             ActiveLatents<T>& code);

/// Finds the indices of the k largest of n values, unordered; NaN counts as the largest.
template <class T>
class TopKSelector {
 public:
  void find(int64_t n, int64_t k, const T* x, int32_t* indices);

 private:
  AlignedVector<T> maxima_;
  AlignedVector<T> sorted_;
  std::vector<int32_t> candidates_;
};

}  // namespace ae::fused
