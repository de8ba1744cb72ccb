#pragma once

#include "engine/flat_parameters.h"
#include "engine/plan/operation.h"
#include "models/lowering.h"

namespace ae::plan {

/// output = activation(input weight' + bias)
template <class T>
class Linear : public WeightedOperation<T> {
 public:
  /// What becomes of the input's gradient: nobody wants it, it is set, or it is added to, as by the
  /// second of two layers with one input.
  enum class InputGradient { none, set, add };

  /// Buffers and parameters must outlive this; the weights must be the parameters'.
  Linear(const LoweredLinear& layer, const FlatParameters& parameters, const Buffer<T>& input,
         const Buffer<T>& output, InputGradient input_gradient);

  /// The input has another layer, which comes later, and whose gradient is there already.
  void add_to_input_gradient() {
    if (input_gradient_ == InputGradient::set) input_gradient_ = InputGradient::add;
  }

  void forward(const Shard& shard) const override;
  void backward(const Shard& shard) const override;
  std::vector<WeightShare> weight_shares() const override;
  void find_gradient(const WeightShare& share, int64_t rows, T beta, T* out) const override;

 private:
  int64_t inputs() const { return input_.width(); }
  int64_t outputs() const { return output_.width(); }

  Elementwise activation_;
  FlatParameters::Slice weight_;
  FlatParameters::Slice bias_;
  const T* values_;  // of the flat parameters
  const Buffer<T>& input_;
  const Buffer<T>& output_;
  InputGradient input_gradient_;
};

}  // namespace ae::plan
