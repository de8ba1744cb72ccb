#include "engine/fused/elementwise.h"

#include <algorithm>

#include "kernels/elementwise.h"
#include "kernels/loss_terms.h"

namespace ae::fused {

template <class T>
void ReparameterizedSample<T>::forward(const Shard& shard) const {
  const auto [begin, rows] = shard.rows;
  shard.noise.fill_normal(Purpose::posterior, sample_.width(), noise_.values(begin));
  shard.terms[kl_index_] +=
      reparameterize(rows * sample_.width(), mean_.values(begin), log_variance_.values(begin),
                     noise_.values(begin), sample_.values(begin));
}

template <class T>
void ReparameterizedSample<T>::backward(const Shard& shard) const {
  const auto [begin, rows] = shard.rows;
  const ReparameterizeGradient<T> gradient{.mean = mean_.values(begin),
                                           .log_variance = log_variance_.values(begin),
                                           .noise = noise_.values(begin),
                                           .grad_sample = sample_.gradients(begin),
                                           .grad_mean = mean_.gradients(begin),
                                           .grad_log_variance = log_variance_.gradients(begin)};
  reparameterize_backward(rows * sample_.width(), gradient,
                          static_cast<T>(shard.weights.kl * shard.scale));
}

template <class T>
void CodePenalty<T>::forward(const Shard& shard) const {
  if (l0_index_ < 0) return;
  const auto [begin, rows] = shard.rows;
  shard.terms[l0_index_] +=
      static_cast<double>(count_active(rows, code_.width(), code_.values(begin), shard.active));
}

template <class T>
void CodePenalty<T>::backward(const Shard& shard) const {
  if (sparsity_index_ < 0) return;
  const auto [begin, rows] = shard.rows;
  shard.terms[sparsity_index_] += l1_forward_backward(
      rows * code_.width(), code_.values(begin),
      static_cast<T>(shard.weights.sparsity * shard.scale), code_.gradients(begin));
}

template <class T>
void ChannelTranspose<T>::forward(const Shard& shard) const {
  transpose(shard.rows.count, lines_, input_.width() / lines_,
            input_.values(input_.first_row(shard)), output_.values(output_.first_row(shard)));
}

template <class T>
void ChannelTranspose<T>::backward(const Shard& shard) const {
  if (!input_.has_gradients()) return;
  transpose(shard.rows.count, input_.width() / lines_, lines_,
            output_.gradients(output_.first_row(shard)), input_.gradients(input_.first_row(shard)));
}

template <class T>
void SubtractBias<T>::forward(const Shard& shard) const {
  const int64_t width = output_.width();
  for (int64_t row = shard.rows.begin; row < shard.rows.begin + shard.rows.count; ++row) {
    std::copy_n(input_.values(row), width, output_.values(row));
    add_scaled(width, T(-1), bias_, output_.values(row));
  }
}

template <class T>
void ReconstructionLoss<T>::forward(const Shard& shard) const {
  const int64_t row = output_.first_row(shard);
  const LossSums sums = loss_forward_backward(
      loss_.kind, shard.rows.count * output_.width(), output_.values(row),
      target_.values(target_.first_row(shard)),
      static_cast<T>(shard.weights.reconstruction * loss_.weight * shard.scale),
      output_.gradients(row));
  shard.terms[indices_.reconstruction] += sums.error * loss_.weight;
  shard.terms[indices_.squared_error] += sums.squared_error;
}

template class ReparameterizedSample<float>;
template class ReparameterizedSample<double>;
template class CodePenalty<float>;
template class CodePenalty<double>;
template class ChannelTranspose<float>;
template class ChannelTranspose<double>;
template class SubtractBias<float>;
template class SubtractBias<double>;
template class ReconstructionLoss<float>;
template class ReconstructionLoss<double>;

}  // namespace ae::fused
