#pragma once

#include "core/aligned_vector.h"
#include "engine/flat_parameters.h"
#include "engine/fused/primitive.h"
#include "engine/fusion.h"
#include "kernels/layer_norm.h"

namespace ae::fused {

/// output = activation(normalised input * weight + bias), each row by its own mean and variance.
template <class T>
class LayerNormalization : public WeightedPrimitive<T> {
 public:
  /// Buffers and parameters must outlive this; the weights must be the parameters'.
  LayerNormalization(const FusedNormalization& layer, const FlatParameters& parameters,
                     const Buffer<T>& input, const Buffer<T>& output);

  void reserve(int64_t rows) override;
  void forward(const Shard& shard) const override;
  void backward(const Shard& shard) const override;
  std::vector<WeightRange> weight_ranges() const override;
  void weight_gradient(const WeightRange& range, int64_t rows, bool accumulate,
                       T* out) const override;

 private:
  LayerNorm<T> norm(int64_t rows) const;

  PointwiseActivation activation_;
  double epsilon_;
  FlatParameters::Slice weight_;
  FlatParameters::Slice bias_;
  const T* values_;  // of the flat parameters
  const Buffer<T>& input_;
  const Buffer<T>& output_;
  mutable AlignedVector<T> stats_;  // [rows, 2] mean and 1 / standard deviation
};

}  // namespace ae::fused
