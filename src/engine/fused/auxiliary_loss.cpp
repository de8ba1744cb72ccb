#include "engine/fused/auxiliary_loss.h"

#include <algorithm>

#include "kernels/elementwise.h"

namespace ae::fused {

template <class T>
void DeadLatents<T>::find(std::span<const int64_t> rows_since_active, int64_t dead_after_rows) {
  indices_.clear();
  for (size_t i = 0; i < rows_since_active.size(); ++i) {
    if (rows_since_active[i] >= dead_after_rows) indices_.push_back(static_cast<int32_t>(i));
  }
  code_.set_k(std::min(max_count_, static_cast<int64_t>(indices_.size())));
}

template <class T>
AuxiliaryLoss<T>::AuxiliaryLoss(const FusedLinear& decoder, const FlatParameters& parameters,
                                const Weights& weights, const Buffer<T>& output,
                                const Buffer<T>& target, DeadLatents<T>& dead,
                                const Buffer<T>& reconstruction)
    : dictionary_(parameters.values().const_data_ptr<T>() +
                  parameters.slice_of(decoder.weight).offset),
      weights_(weights),
      output_(output),
      target_(target),
      dead_(dead),
      reconstruction_(reconstruction) {}

template <class T>
void AuxiliaryLoss<T>::forward(const Shard& shard) const {
  ActiveLatents<T>& code = dead_.code();
  if (code.k() == 0) return;
  const int64_t width = output_.width();
  const auto factor = static_cast<T>(2 * weights_.error * weights_.term * shard.scale);
  double squares = 0;
  for (int64_t row = shard.rows.begin; row < shard.rows.begin + shard.rows.count; ++row) {
    // Error of the reconstruction of the residual: reconstruction - (target - output).
    T* error = reconstruction_.gradients(row);
    std::copy_n(output_.values(row), width, error);
    add_scaled(width, T(-1), target_.values(row), error);
    for (int64_t j = 0; j < code.k(); ++j) {
      add_scaled(width, code.values(row)[j], dictionary_ + code.indices(row)[j] * width, error);
    }
    squares += static_cast<double>(dot(width, error, error));
    for (int64_t i = 0; i < width; ++i) error[i] *= factor;
  }
  shard.terms[weights_.index] += squares * weights_.error;
}

template <class T>
void AuxiliaryLoss<T>::backward(const Shard& shard) const {
  active_latents_backward(shard.rows, reconstruction_, dictionary_, dead_.code());
}

template class DeadLatents<float>;
template class DeadLatents<double>;
template class AuxiliaryLoss<float>;
template class AuxiliaryLoss<double>;

}  // namespace ae::fused
