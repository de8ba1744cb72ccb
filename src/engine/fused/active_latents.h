#pragma once

#include <cstdint>
#include <vector>

#include "core/aligned_vector.h"
#include "engine/fused/operation.h"

namespace ae::fused {

/// The k active latents of each row of a batch: which, what they are, and the loss's gradient by
/// them.
template <class T>
class ActiveLatents {
 public:
  ActiveLatents(int64_t latents, int64_t k) : latents_(latents), max_count_(k), k_(k) {}

  /// Makes room; what was there is lost.
  void reserve(int64_t rows);
  /// Of the next batch's rows so many are active, at most as many as there were at first.
  void set_k(int64_t k) { k_ = k; }
  int64_t latents() const { return latents_; }
  int64_t k() const { return k_; }
  int32_t* indices(int64_t row) { return indices_.data() + row * k_; }
  T* values(int64_t row) { return values_.data() + row * k_; }
  T* gradients(int64_t row) { return gradients_.data() + row * k_; }

  /// Finds the rows of each latent, once all rows are there.
  void invert(int64_t rows);
  /// Where a latent is active, in the order of the rows: places of values() and gradients().
  struct Uses {
    const int32_t* rows;
    const int32_t* places;
    int64_t count;
  };
  Uses uses(int64_t latent) const;
  const T* all_values() const { return values_.data(); }
  const T* all_gradients() const { return gradients_.data(); }

 private:
  int64_t latents_;
  int64_t max_count_;
  int64_t k_;
  std::vector<int32_t> indices_;  // [rows, k]
  AlignedVector<T> values_;       // [rows, k]
  AlignedVector<T> gradients_;    // [rows, k]
  std::vector<int64_t> begins_;   // [latents + 1] of the uses
  std::vector<int32_t> rows_;     // [rows * k] of the uses, by latent
  std::vector<int32_t> places_;   // the same
};

/// The loss's gradient by the active latents, from that by what they add up to.
/// @param sums        [rows, width] with gradients
/// @param dictionary  [latents, width]
template <class T>
void active_latents_backward(const IndexRange& rows, const Buffer<T>& sums, const T* dictionary,
                             ActiveLatents<T>& code);

/// Finds the k largest of n values, in no certain order; NaN counts as larger than all.
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
