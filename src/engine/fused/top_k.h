#pragma once

#include <vector>

#include "core/aligned_vector.h"
#include "engine/flat_parameters.h"
#include "engine/fused/active_latents.h"
#include "engine/fused/auxiliary_loss.h"
#include "engine/fused/operation.h"
#include "engine/fusion.h"

namespace ae::fused {

/// The k largest of input weight' + bias. Only the product costs what all latents cost.
template <class T>
class TopK : public WeightedOperation<T> {
 public:
  /// All must outlive this; the weights must be the parameters'.
  /// @param members   threads that may come at once
  /// @param l0_place  of the count of active latents
  TopK(const FusedLinear& layer, const op::TopK& options, const FlatParameters& parameters,
       const Buffer<T>& input, ActiveLatents<T>& code, int threads, int l0_index);

  /// The dead have a code of their own, from the same products.
  void also_choose(DeadLatents<T>& dead) { dead_ = &dead; }

  void reserve(int64_t rows) override;
  void forward(const Shard& shard) const override;
  void backward(const Shard& shard) const override;
  void prepare_weight_gradients(int64_t rows) const override;
  std::vector<WeightRange> weight_ranges() const override;
  void weight_gradient(const WeightRange& range, int64_t rows, bool accumulate,
                       T* out) const override;

 private:
  void choose(const Shard& shard, int64_t row, const T* product) const;
  void choose_dead(int rank, int64_t row, const T* product) const;
  /// Sets values to those of a row's latents.
  void take_values(int64_t row, const T* product, ActiveLatents<T>& code) const;
  /// Adds what a code says of the input's gradient.
  void carry_back(int64_t row, ActiveLatents<T>& code) const;

  /// What a thread needs for itself.
  struct Workplace {
    AlignedVector<T> product;  // [some rows, latents]
    AlignedVector<T> of_dead;  // a row's
    TopKSelector<T> finder;
  };

  bool relu_;
  FlatParameters::Slice weight_;
  FlatParameters::Slice bias_;
  const T* values_;  // of the flat parameters
  const Buffer<T>& input_;
  ActiveLatents<T>& code_;
  DeadLatents<T>* dead_ = nullptr;
  int l0_index_;
  mutable std::vector<Workplace> workplaces_;
};

/// activation(code weight' + bias), at the cost of the active latents. The weight's columns are
/// contiguous in memory.
template <class T>
class SparseLinear : public WeightedOperation<T> {
 public:
  /// All must outlive this; the weights must be the parameters'.
  SparseLinear(const FusedLinear& layer, const FlatParameters& parameters, ActiveLatents<T>& code,
               const Buffer<T>& output);

  /// The weight is the dictionary of another code, too.
  /// @param sums  what the other adds up to, with the loss's gradient by it
  void also_add_up(ActiveLatents<T>& other, const Buffer<T>& sums) {
    other_ = &other;
    other_sums_ = &sums;
  }

  void forward(const Shard& shard) const override;
  void backward(const Shard& shard) const override;
  std::vector<WeightRange> weight_ranges() const override;
  void weight_gradient(const WeightRange& range, int64_t rows, bool accumulate,
                       T* out) const override;

 private:
  PointwiseActivation activation_;
  FlatParameters::Slice weight_;
  FlatParameters::Slice bias_;
  const T* values_;  // of the flat parameters
  ActiveLatents<T>& code_;
  const Buffer<T>& output_;
  ActiveLatents<T>* other_ = nullptr;
  const Buffer<T>* other_sums_ = nullptr;
};

}  // namespace ae::fused
