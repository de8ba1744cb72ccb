#include "engine/plan/linear.h"

#include "engine/plan/loops.h"
#include "engine/plan/product.h"

namespace ae::plan {

template <class T>
Linear<T>::Linear(const LoweredLinear& layer, const FlatParameters& parameters,
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
  // A weight in columns lies in memory as its transpose, [in, out].
  const Matrix<T> weight{values_ + weight_.offset, weight_.by_column ? outputs() : inputs(),
                         !weight_.by_column};
  product(rows, outputs(), inputs(), {input_.values(begin), inputs()}, weight, T(0),
          output_.values(begin), outputs());
  add_bias_and_activate(activation_, rows, outputs(), values_ + bias_.offset,
                        output_.values(begin));
}

template <class T>
void Linear<T>::backward(const Shard& shard) const {
  const auto [begin, rows] = shard.rows;
  multiply_by_slope(activation_, rows * outputs(), output_.values(begin), output_.gradients(begin));
  if (!input_.has_gradients()) return;
  const Matrix<T> weight{values_ + weight_.offset, weight_.by_column ? outputs() : inputs(),
                         weight_.by_column};
  product(rows, inputs(), outputs(), {output_.gradients(begin), outputs()}, weight,
          adds_to_input_gradient_ ? T(1) : T(0), input_.gradients(begin), inputs());
}

template <class T>
std::vector<WeightShare> Linear<T>::weight_shares() const {
  return weight_.by_column ? shares_of(weight_, inputs(), outputs(), bias_)
                           : shares_of(weight_, outputs(), inputs(), bias_);
}

template <class T>
void Linear<T>::find_gradient(const WeightShare& share, int64_t rows, T beta, T* out) const {
  if (share.is_bias) return this->find_bias_gradient(output_, share, rows, beta, out);
  const Matrix<T> by_output{output_.gradients(), outputs()};
  const Matrix<T> input{input_.values(), inputs()};
  const Matrix<T>& lines = weight_.by_column ? input : by_output;
  const Matrix<T>& others = weight_.by_column ? by_output : input;
  product(share.count, others.stride, rows,
          {lines.data + share.first, lines.stride, /*transposed=*/true}, others, beta, out,
          others.stride);
}

template class Linear<float>;
template class Linear<double>;

}  // namespace ae::plan
