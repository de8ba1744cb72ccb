#include "engine/fused/linear.h"

#include "kernels/elementwise.h"
#include "kernels/gemm.h"

namespace ae::fused {

template <class T>
Linear<T>::Linear(const FusedLinear& layer, const FlatParameters& parameters,
                  const Buffer<T>& input, const Buffer<T>& output)
    : activation_(layer.activation),
      weight_(parameters.slice_of(layer.weight)),
      bias_(parameters.slice_of(layer.bias)),
      values_(parameters.values().const_data_ptr<T>()),
      input_(input),
      output_(output) {}

template <class T>
void Linear<T>::forward(const Shard& shard) const {
  const auto [begin, rows] = shard.rows;
  // A column-major weight is stored as its transpose, [in, out].
  const Matrix<T> weight{values_ + weight_.offset, weight_.by_column ? outputs() : inputs(),
                         !weight_.by_column};
  gemm(rows, outputs(), inputs(), {input_.values(begin), inputs()}, weight, /*accumulate=*/false,
       output_.values(begin), outputs());
  add_bias_and_activate(activation_, rows, outputs(), values_ + bias_.offset,
                        output_.values(begin));
}

template <class T>
void Linear<T>::backward(const Shard& shard) const {
  const auto [begin, rows] = shard.rows;
  activation_backward(activation_, rows * outputs(), output_.values(begin),
                      output_.gradients(begin));
  if (!input_.has_gradients()) return;
  const Matrix<T> weight{values_ + weight_.offset, weight_.by_column ? outputs() : inputs(),
                         weight_.by_column};
  gemm(rows, inputs(), outputs(), {output_.gradients(begin), outputs()}, weight,
       accumulate_input_gradient_, input_.gradients(begin), inputs());
}

template <class T>
std::vector<WeightRange> Linear<T>::weight_ranges() const {
  return weight_.by_column ? partition_weight(weight_, inputs(), outputs(), bias_)
                           : partition_weight(weight_, outputs(), inputs(), bias_);
}

template <class T>
void Linear<T>::weight_gradient(const WeightRange& range, int64_t rows, bool accumulate,
                                T* out) const {
  if (range.is_bias) return this->compute_bias_gradient(output_, range, rows, accumulate, out);
  const Matrix<T> grad_output{output_.gradients(), outputs()};
  const Matrix<T> input{input_.values(), inputs()};
  const Matrix<T>& lines = weight_.by_column ? input : grad_output;
  const Matrix<T>& others = weight_.by_column ? grad_output : input;
  gemm(range.count, others.stride, rows,
       {lines.data + range.first, lines.stride, /*transposed=*/true}, others, accumulate, out,
       others.stride);
}

template class Linear<float>;
template class Linear<double>;

}  // namespace ae::fused
