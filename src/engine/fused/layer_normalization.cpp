#include "engine/fused/layer_normalization.h"

#include <algorithm>

#include "kernels/elementwise.h"

namespace ae::fused {

template <class T>
LayerNormalization<T>::LayerNormalization(const FusedNormalization& layer,
                                          const FlatParameters& parameters, const Buffer<T>& input,
                                          const Buffer<T>& output)
    : activation_(layer.activation),
      epsilon_(layer.normalization.epsilon),
      weight_(parameters.slice_of(layer.normalization.weight)),
      bias_(parameters.slice_of(layer.normalization.bias)),
      values_(parameters.values().const_data_ptr<T>()),
      input_(input),
      output_(output) {}

template <class T>
LayerNorm<T> LayerNormalization<T>::norm(int64_t rows) const {
  return {.rows = rows,
          .width = input_.width(),
          .epsilon = epsilon_,
          .weight = values_ + weight_.offset,
          .bias = values_ + bias_.offset};
}

template <class T>
void LayerNormalization<T>::reserve(int64_t rows) {
  stats_.resize(static_cast<size_t>(2 * rows));
}

template <class T>
void LayerNormalization<T>::forward(const Shard& shard) const {
  const auto [begin, rows] = shard.rows;
  layer_norm_forward(norm(rows), activation_, input_.values(begin), output_.values(begin),
                     stats_.data() + 2 * begin);
}

template <class T>
void LayerNormalization<T>::backward(const Shard& shard) const {
  const auto [begin, rows] = shard.rows;
  activation_backward(activation_, rows * output_.width(), output_.values(begin),
                      output_.gradients(begin));
  layer_norm_backward(norm(rows), input_.values(begin), stats_.data() + 2 * begin,
                      output_.gradients(begin), input_.gradients(begin));
}

template <class T>
std::vector<WeightRange> LayerNormalization<T>::weight_ranges() const {
  return partition_weight(weight_, weight_.count, /*length=*/1, bias_);
}

template <class T>
void LayerNormalization<T>::weight_gradient(const WeightRange& range, int64_t rows, bool accumulate,
                                            T* out) const {
  if (range.is_bias) return this->compute_bias_gradient(output_, range, rows, accumulate, out);
  if (!accumulate) std::fill_n(out, range.count, T(0));
  layer_norm_weight_backward(norm(rows), range.first, range.count, input_.values(), stats_.data(),
                             output_.gradients(), out);
}

template class LayerNormalization<float>;
template class LayerNormalization<double>;

}  // namespace ae::fused
