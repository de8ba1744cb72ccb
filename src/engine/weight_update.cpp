#include <ATen/TensorOperators.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <cmath>

#include "engine/learner.h"

// What a learner does to its weights when their whole gradient is there. On the CPU it is done by
// the team, as LibTorch's own threads would take the cores from it.

namespace ae {

bool Learner::update(const StepSettings& settings, int64_t step) {
  const c10::NoGradGuard no_grad;
  Laps before(times_.get(), Laps::kAll);
  if (update_.checks_gradient && !has_finite_gradient()) {
    drop_gradient();
    return false;
  }
  if (model_->keeps_unit_norm()) model_->project_dictionary_gradient();
  const double factor = update_.clip_norm ? clipping() : 1;
  before.end(Phase::update);
  update_weights(settings, step, factor);
  Laps after(times_.get(), Laps::kAll);
  if (model_->keeps_unit_norm()) model_->normalize_dictionary();
  if (const auto& decay = update_.ema_decay) average_weights(*decay, step);
  after.end(Phase::update);
  return true;
}

template <class Work>
void Learner::for_shares(const Work& work) {
  team_.run([&](int member) {
    const Share share = share_of(parameters_.values().numel(), member, team_.members());
    with_type(parameters_, [&]<class T>(T type) { work(member, share, type); });
  });
}

GradientMeasure Learner::measure_gradient() {
  std::vector<GradientMeasure> parts(static_cast<size_t>(team_.members()));
  for_shares([&]<class T>(int member, const Share& share, T) {
    parts[static_cast<size_t>(member)] =
        ae::measure_gradient(share.count, share_data<T>(parameters_.gradients(), share));
  });
  GradientMeasure all;
  for (const GradientMeasure& part : parts) {
    all.is_finite &= part.is_finite;
    all.sum_of_squares += part.sum_of_squares;
  }
  return all;
}

bool Learner::has_finite_gradient() {
  return device_.is_cpu() ? measure_gradient().is_finite : is_finite(parameters_.gradients());
}

double Learner::clipping() {
  constexpr double kEpsilon = 1e-6;
  // The padding is 0, so this is the norm over all parameters.
  if (device_.is_cpu()) {
    return std::min(1.0,
                    *update_.clip_norm / (std::sqrt(measure_gradient().sum_of_squares) + kEpsilon));
  }
  const at::Tensor norm = at::linalg_vector_norm(parameters_.gradients());
  parameters_.gradients().mul_((*update_.clip_norm / (norm + kEpsilon)).clamp_max_(1));
  return 1;
}

void Learner::update_weights(const StepSettings& settings, int64_t step, double factor) {
  if (!device_.is_cpu()) {
    Laps laps(times_.get(), Laps::kAll);
    optimizer_->update(parameters_, settings.learning_rate, step);
    return laps.end(Phase::update);
  }
  for_shares([&]<class T>(int member, const Share& share, T) {
    Laps laps(times_.get(), member);
    T* gradients = share_data<T>(parameters_.gradients(), share);
    if (factor < 1) scale(share.count, static_cast<T>(factor), gradients);
    optimizer_->update_share(parameters_, {.share = share,
                                           .gradients = gradients,
                                           .learning_rate = settings.learning_rate,
                                           .step = step});
    std::fill_n(gradients, share.count, T(0));
    laps.end(Phase::update);
  });
}

void Learner::average_weights(double decay, int64_t step) {
  const auto made = static_cast<double>(step);
  const double weight = 1 - std::min(decay, (1 + made) / (10 + made));
  if (device_.is_cpu()) {
    for_shares([&]<class T>(int /*member*/, const Share& share, T) {
      lerp(share.count, static_cast<T>(weight), share_data<T>(parameters_.values(), share),
           share_data<T>(average_, share));
    });
  } else {
    average_.lerp_(parameters_.values(), weight);
  }
  if (!model_->keeps_unit_norm()) return;
  // A mean of vectors of length 1 is shorter. The model's own dictionary lies in the same place.
  const at::Tensor own = model_->dictionary();
  normalize_columns(average_.as_strided(own.sizes(), own.strides(), own.storage_offset()));
}

void Learner::exchange_weights() {
  if (!average_.defined()) return;
  const c10::NoGradGuard no_grad;
  // Bit by bit, so that nothing is rounded and no third buffer is needed.
  const at::ScalarType bits = average_.element_size() == 8 ? at::kLong : at::kInt;
  const at::Tensor a = parameters_.values().view(bits);
  const at::Tensor b = average_.view(bits);
  a.bitwise_xor_(b);
  b.bitwise_xor_(a);
  a.bitwise_xor_(b);
}

}  // namespace ae
