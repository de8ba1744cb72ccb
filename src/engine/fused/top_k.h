#pragma once

#include <vector>

#include "core/aligned_vector.h"
#include "engine/flat_parameters.h"
#include "engine/fused/active_latents.h"
#include "engine/fused/auxiliary_loss.h"
#include "engine/fused/primitive.h"
#include "engine/fusion.h"

namespace ae::fused {

/// The k largest of input weight' + bias. Only the matrix multiplication scales with the number of
/// latents.
template <class T>
class TopK : public WeightedPrimitive<T> {
 public:
  /// All must outlive this; the weights must be the parameters'.
  /// @param threads   number of threads that call it
  /// @param l0_index  term of the number of active latents
  TopK(const FusedLinear& layer, const op::TopK& options, const FlatParameters& parameters,
       const Buffer<T>& input, ActiveLatents<T>& code, int threads, int l0_index);

  /// Also selects the code of the dead latents, from the same pre-activations.
  void set_dead_latents(DeadLatents<T>& dead) { dead_ = &dead; }

  void reserve(int64_t rows) override;
  void forward(const Shard& shard) const override;
  void backward(const Shard& shard) const override;
  void prepare_weight_gradients(int64_t rows) const override;
  std::vector<WeightRange> weight_ranges() const override;
  void weight_gradient(const WeightRange& range, int64_t rows, bool accumulate,
                       T* out) const override;

 private:
  void select(const Shard& shard, int64_t row, const T* pre_activations) const;
  void select_dead(int rank, int64_t row, const T* pre_activations) const;
  /// Sets the values of a row's code from its indices.
  void gather_values(int64_t row, const T* pre_activations, ActiveLatents<T>& code) const;
  /// Adds the contribution of a row's code to the input gradient.
  void add_input_gradient(int64_t row, ActiveLatents<T>& code) const;

  /// Memory of one thread.
  struct Workspace {
    AlignedVector<T> pre_activations;  // [kTileRows, latents]
    AlignedVector<T> dead_values;      // [dead latents] of a row
    TopKSelector<T> selector;
  };

  bool relu_;
  FlatParameters::Slice weight_;
  FlatParameters::Slice bias_;
  const T* values_;  // of the flat parameters
  const Buffer<T>& input_;
  ActiveLatents<T>& code_;
  DeadLatents<T>* dead_ = nullptr;
  int l0_index_;
  mutable std::vector<Workspace> workspaces_;  // [threads]
};

/// activation(code weight' + bias), in time proportional to the active latents. The weight is
/// column-major.
template <class T>
class SparseLinear : public WeightedPrimitive<T> {
 public:
  /// All must outlive this; the weights must be the parameters'.
  SparseLinear(const FusedLinear& layer, const FlatParameters& parameters, ActiveLatents<T>& code,
               const Buffer<T>& output);

  /// Sets a second code that uses the same weight, for the weight gradient.
  /// @param reconstruction  output of the second code, with its gradient
  void set_auxiliary_code(ActiveLatents<T>& code, const Buffer<T>& reconstruction) {
    auxiliary_code_ = &code;
    auxiliary_reconstruction_ = &reconstruction;
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
  ActiveLatents<T>* auxiliary_code_ = nullptr;
  const Buffer<T>* auxiliary_reconstruction_ = nullptr;
};

}  // namespace ae::fused
