#include "engine/plan/elementwise.h"

#include <algorithm>

#include "engine/plan/loops.h"
#include "engine/plan/term_loops.h"

namespace ae::plan {

template <class T>
void GaussianDraw<T>::forward(const Shard& shard) const {
  const auto [begin, rows] = shard.rows;
  shard.noise.fill_normal(Purpose::posterior, draw_.width(), noise_.values(begin));
  shard.terms[kl_place_] +=
      draw_from_gaussian(rows * draw_.width(), mean_.values(begin), log_variance_.values(begin),
                         noise_.values(begin), draw_.values(begin));
}

template <class T>
void GaussianDraw<T>::backward(const Shard& shard) const {
  const auto [begin, rows] = shard.rows;
  const GaussianGradient<T> gradient{.mean = mean_.values(begin),
                                     .log_variance = log_variance_.values(begin),
                                     .noise = noise_.values(begin),
                                     .by_draw = draw_.gradients(begin),
                                     .by_mean = mean_.gradients(begin),
                                     .by_log_variance = log_variance_.gradients(begin)};
  carry_through_gaussian(rows * draw_.width(), gradient,
                         static_cast<T>(shard.weights.kl * shard.scale));
}

template <class T>
void CodeMeasure<T>::forward(const Shard& shard) const {
  if (l0_place_ < 0) return;
  const auto [begin, rows] = shard.rows;
  shard.terms[l0_place_] +=
      static_cast<double>(count_active(rows, code_.width(), code_.values(begin), shard.active));
}

template <class T>
void CodeMeasure<T>::backward(const Shard& shard) const {
  if (sparsity_place_ < 0) return;
  const auto [begin, rows] = shard.rows;
  shard.terms[sparsity_place_] +=
      add_l1(rows * code_.width(), code_.values(begin),
             static_cast<T>(shard.weights.sparsity * shard.scale), code_.gradients(begin));
}

template <class T>
void Reorder<T>::forward(const Shard& shard) const {
  transpose(shard.rows.count, lines_, input_.width() / lines_,
            input_.values(input_.first_row(shard)), output_.values(output_.first_row(shard)));
}

template <class T>
void Reorder<T>::backward(const Shard& shard) const {
  if (!input_.has_gradients()) return;
  transpose(shard.rows.count, input_.width() / lines_, lines_,
            output_.gradients(output_.first_row(shard)), input_.gradients(input_.first_row(shard)));
}

template <class T>
void Centring<T>::forward(const Shard& shard) const {
  const int64_t width = output_.width();
  for (int64_t row = shard.rows.begin; row < shard.rows.begin + shard.rows.count; ++row) {
    std::copy_n(input_.values(row), width, output_.values(row));
    add_scaled(width, T(-1), bias_, output_.values(row));
  }
}

template <class T>
void Loss<T>::forward(const Shard& shard) const {
  const int64_t at = output_.first_row(shard);
  const LossSums sums =
      measure_loss(loss_.kind, shard.rows.count * output_.width(), output_.values(at),
                   target_.values(target_.first_row(shard)),
                   static_cast<T>(shard.weights.reconstruction * loss_.weight * shard.scale),
                   output_.gradients(at));
  shard.terms[places_.reconstruction] += sums.error * loss_.weight;
  shard.terms[places_.squared_error] += sums.squared_error;
}

template class GaussianDraw<float>;
template class GaussianDraw<double>;
template class CodeMeasure<float>;
template class CodeMeasure<double>;
template class Reorder<float>;
template class Reorder<double>;
template class Centring<float>;
template class Centring<double>;
template class Loss<float>;
template class Loss<double>;

}  // namespace ae::plan
