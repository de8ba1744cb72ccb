#include "engine/fused/top_k.h"

#include <algorithm>

#include "kernels/elementwise.h"
#include "kernels/gemm.h"

namespace ae::fused {
namespace {

/// Rows whose pre-activations are computed at a time: enough for an efficient gemm, few enough to
/// stay in a core's cache.
constexpr int64_t kTileRows = 128;

/// Weight gradient of a range of latents, [count, width]: adds each latent's rows times its
/// factors.
/// @param factors  [rows * k] laid out like code.all_values()
/// @param rows     [rows, width]
template <class T>
void add_weight_gradient(const ActiveLatents<T>& code, const WeightRange& range, const T* factors,
                         const T* rows, int64_t width, T* out) {
  for (int64_t i = 0; i < range.count; ++i) {
    const auto uses = code.uses(range.first + i);
    for (int64_t use = 0; use < uses.count; ++use) {
      add_scaled(width, factors[uses.positions[use]], rows + uses.rows[use] * width,
                 out + i * width);
    }
  }
}

}  // namespace

template <class T>
TopK<T>::TopK(const FusedLinear& layer, const op::TopK& options, const FlatParameters& parameters,
              const Buffer<T>& input, ActiveLatents<T>& code, int threads, int l0_index)
    : relu_(options.relu),
      weight_(parameters.slice_of(layer.weight)),
      bias_(parameters.slice_of(layer.bias)),
      values_(parameters.values().const_data_ptr<T>()),
      input_(input),
      code_(code),
      l0_index_(l0_index),
      workspaces_(static_cast<size_t>(threads)) {
  for (Workspace& workspace : workspaces_) {
    workspace.pre_activations.resize(static_cast<size_t>(kTileRows * code.latents()));
  }
}

template <class T>
void TopK<T>::reserve(int64_t rows) {
  code_.reserve(rows);
  if (dead_ != nullptr) dead_->code().reserve(rows);
}

template <class T>
void TopK<T>::prepare_weight_gradients(int64_t rows) const {
  code_.invert(rows);
  if (dead_ != nullptr) dead_->code().invert(rows);
}

template <class T>
void TopK<T>::forward(const Shard& shard) const {
  const int64_t latents = code_.latents();
  T* tile = workspaces_[static_cast<size_t>(shard.rank)].pre_activations.data();
  const int64_t end = shard.rows.begin + shard.rows.count;
  for (int64_t begin = shard.rows.begin; begin < end; begin += kTileRows) {
    const int64_t rows = std::min(kTileRows, end - begin);
    gemm(rows, latents, input_.width(), {input_.values(begin), input_.width()},
         {values_ + weight_.offset, input_.width(), /*transposed=*/true}, /*accumulate=*/false,
         tile, latents);
    add_bias_and_activate({}, rows, latents, values_ + bias_.offset, tile);
    for (int64_t i = 0; i < rows; ++i) {
      select(shard, begin + i, tile + i * latents);
      if (dead_ != nullptr) select_dead(shard.rank, begin + i, tile + i * latents);
    }
  }
}

template <class T>
void TopK<T>::select(const Shard& shard, int64_t row, const T* pre_activations) const {
  TopKSelector<T>& selector = workspaces_[static_cast<size_t>(shard.rank)].selector;
  selector.find(code_.latents(), code_.k(), pre_activations, code_.indices(row));
  gather_values(row, pre_activations, code_);
  int64_t active = 0;
  for (int64_t j = 0; j < code_.k(); ++j) {
    if (code_.values(row)[j] == 0) continue;
    shard.active[code_.indices(row)[j]] = 1;
    ++active;
  }
  shard.terms[l0_index_] += static_cast<double>(active);
}

template <class T>
void TopK<T>::select_dead(int rank, int64_t row, const T* pre_activations) const {
  const std::vector<int32_t>& dead = dead_->indices();
  ActiveLatents<T>& code = dead_->code();
  int32_t* indices = code.indices(row);
  if (code.k() == static_cast<int64_t>(dead.size())) {
    std::copy(dead.begin(), dead.end(), indices);
  } else {
    Workspace& workspace = workspaces_[static_cast<size_t>(rank)];
    AlignedVector<T>& dead_values = workspace.dead_values;
    dead_values.resize(dead.size());
    for (size_t i = 0; i < dead.size(); ++i) dead_values[i] = pre_activations[dead[i]];
    workspace.selector.find(static_cast<int64_t>(dead.size()), code.k(), dead_values.data(),
                            indices);
    for (int64_t j = 0; j < code.k(); ++j) indices[j] = dead[static_cast<size_t>(indices[j])];
  }
  gather_values(row, pre_activations, code);
}

template <class T>
void TopK<T>::gather_values(int64_t row, const T* pre_activations, ActiveLatents<T>& code) const {
  for (int64_t j = 0; j < code.k(); ++j) {
    const T value = pre_activations[code.indices(row)[j]];
    code.values(row)[j] = relu_ && value < 0 ? T(0) : value;
  }
}

template <class T>
void TopK<T>::backward(const Shard& shard) const {
  for (int64_t row = shard.rows.begin; row < shard.rows.begin + shard.rows.count; ++row) {
    if (input_.has_gradients()) std::fill_n(input_.gradients(row), input_.width(), T(0));
    add_input_gradient(row, code_);
    if (dead_ != nullptr) add_input_gradient(row, dead_->code());
  }
}

template <class T>
void TopK<T>::add_input_gradient(int64_t row, ActiveLatents<T>& code) const {
  const int64_t width = input_.width();
  T* gradients = code.gradients(row);
  if (relu_)
    activation_backward({PointwiseActivation::Kind::relu}, code.k(), code.values(row), gradients);
  if (!input_.has_gradients()) return;
  const T* weight = values_ + weight_.offset;
  for (int64_t j = 0; j < code.k(); ++j) {
    add_scaled(width, gradients[j], weight + code.indices(row)[j] * width, input_.gradients(row));
  }
}

template <class T>
std::vector<WeightRange> TopK<T>::weight_ranges() const {
  return partition_weight(weight_, code_.latents(), input_.width(), bias_);
}

template <class T>
void TopK<T>::weight_gradient(const WeightRange& range, int64_t rows, bool accumulate,
                              T* out) const {
  if (!accumulate) std::fill_n(out, range.count * (range.is_bias ? 1 : input_.width()), T(0));
  const auto add = [&](ActiveLatents<T>& code) {
    if (!range.is_bias) {
      return add_weight_gradient(code, range, code.all_gradients(), input_.values(), input_.width(),
                                 out);
    }
    for (int64_t row = 0; row < rows; ++row) {
      for (int64_t j = 0; j < code.k(); ++j) out[code.indices(row)[j]] += code.gradients(row)[j];
    }
  };
  add(code_);
  if (dead_ != nullptr) add(dead_->code());
}

template <class T>
SparseLinear<T>::SparseLinear(const FusedLinear& layer, const FlatParameters& parameters,
                              ActiveLatents<T>& code, const Buffer<T>& output)
    : activation_(layer.activation),
      weight_(parameters.slice_of(layer.weight)),
      bias_(parameters.slice_of(layer.bias)),
      values_(parameters.values().const_data_ptr<T>()),
      code_(code),
      output_(output) {}

template <class T>
void SparseLinear<T>::forward(const Shard& shard) const {
  const auto [begin, rows] = shard.rows;
  const int64_t width = output_.width();
  const T* weight = values_ + weight_.offset;
  for (int64_t row = begin; row < begin + rows; ++row) {
    T* out = output_.values(row);
    std::fill_n(out, width, T(0));
    for (int64_t j = 0; j < code_.k(); ++j) {
      add_scaled(width, code_.values(row)[j], weight + code_.indices(row)[j] * width, out);
    }
  }
  add_bias_and_activate(activation_, rows, width, values_ + bias_.offset, output_.values(begin));
}

template <class T>
void SparseLinear<T>::backward(const Shard& shard) const {
  const auto [begin, rows] = shard.rows;
  const int64_t width = output_.width();
  activation_backward(activation_, rows * width, output_.values(begin), output_.gradients(begin));
  active_latents_backward(shard.rows, output_, values_ + weight_.offset, code_);
}

template <class T>
std::vector<WeightRange> SparseLinear<T>::weight_ranges() const {
  return partition_weight(weight_, code_.latents(), output_.width(), bias_);
}

template <class T>
void SparseLinear<T>::weight_gradient(const WeightRange& range, int64_t rows, bool accumulate,
                                      T* out) const {
  if (range.is_bias) return this->compute_bias_gradient(output_, range, rows, accumulate, out);
  const int64_t width = output_.width();
  if (!accumulate) std::fill_n(out, range.count * width, T(0));
  add_weight_gradient(code_, range, code_.all_values(), output_.gradients(), width, out);
  if (auxiliary_code_ == nullptr) return;
  add_weight_gradient(*auxiliary_code_, range, auxiliary_code_->all_values(),
                      auxiliary_reconstruction_->gradients(), width, out);
}

template class TopK<float>;
template class TopK<double>;
template class SparseLinear<float>;
template class SparseLinear<double>;

}  // namespace ae::fused
