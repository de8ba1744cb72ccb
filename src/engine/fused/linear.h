#pragma once

#include "engine/flat_parameters.h"
#include "engine/fused/primitive.h"
#include "engine/fusion.h"

namespace ae::fused {

/// output = activation(input weight' + bias)
template <class T>
class Linear : public WeightedPrimitive<T> {
 public:
  /// Buffers and parameters must outlive this; the weights must be the parameters'.
  Linear(const FusedLinear& layer, const FlatParameters& parameters, const Buffer<T>& input,
         const Buffer<T>& output);

  /// Makes backward() add to the input gradient, which a later layer with the same input has set.
  void accumulate_input_gradient() { accumulate_input_gradient_ = true; }

  void forward(const Shard& shard) const override;
  void backward(const Shard& shard) const override;
  std::vector<WeightRange> weight_ranges() const override;
  void weight_gradient(const WeightRange& range, int64_t rows, bool accumulate,
                       T* out) const override;

 private:
  int64_t inputs() const { return input_.width(); }
  int64_t outputs() const { return output_.width(); }

  PointwiseActivation activation_;
  FlatParameters::Slice weight_;
  FlatParameters::Slice bias_;
  const T* values_;  // of the flat parameters
  const Buffer<T>& input_;
  const Buffer<T>& output_;
  bool accumulate_input_gradient_ = false;
};

}  // namespace ae::fused
