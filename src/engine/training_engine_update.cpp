#include <ATen/TensorOperators.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <cmath>

#include "engine/training_engine.h"

// The update by a complete gradient. On the CPU it runs on the team, as LibTorch's own threads
// would compete with it for the cores.

namespace ae {

bool TrainingEngine::update(const StepSettings& settings, int64_t step) {
  const c10::NoGradGuard no_grad;
  PhaseTimer before(times_.get(), PhaseTimer::kAllThreads);
  if (update_.checks_gradient && !has_finite_gradient()) {
    discard_gradient();
    return false;
  }
  if (model_->keeps_unit_norm()) model_->project_dictionary_gradient();
  const double factor = update_.clip_norm ? clip_gradient() : 1;
  before.end(Phase::update);
  update_weights(settings, step, factor);
  PhaseTimer after(times_.get(), PhaseTimer::kAllThreads);
  if (model_->keeps_unit_norm()) model_->normalize_dictionary();
  if (const auto& decay = update_.ema_decay) average_weights(*decay, step);
  after.end(Phase::update);
  return true;
}

template <class Work>
void TrainingEngine::for_ranges(const Work& work) {
  team_.run([&](int rank) {
    const IndexRange range = partition(parameters_.trainable_count(), rank, team_.size());
    with_type(parameters_, [&]<class T>(T type) { work(rank, range, type); });
  });
}

GradientStatistics TrainingEngine::gradient_statistics() {
  std::vector<GradientStatistics> parts(static_cast<size_t>(team_.size()));
  for_ranges([&]<class T>(int rank, const IndexRange& range, T) {
    parts[static_cast<size_t>(rank)] =
        ae::gradient_statistics(range.count, range_data<T>(parameters_.gradients(), range));
  });
  GradientStatistics all;
  for (const GradientStatistics& part : parts) {
    all.is_finite &= part.is_finite;
    all.sum_of_squares += part.sum_of_squares;
  }
  return all;
}

bool TrainingEngine::has_finite_gradient() {
  return device_.is_cpu() ? gradient_statistics().is_finite
                          : is_finite(parameters_.trainable(parameters_.gradients()));
}

double TrainingEngine::clip_gradient() {
  constexpr double kEpsilon = 1e-6;
  // The padding is 0, so this is the norm over all trainable parameters.
  if (device_.is_cpu()) {
    return std::min(
        1.0, *update_.clip_norm / (std::sqrt(gradient_statistics().sum_of_squares) + kEpsilon));
  }
  const at::Tensor gradients = parameters_.trainable(parameters_.gradients());
  const at::Tensor norm = at::linalg_vector_norm(gradients);
  gradients.mul_((*update_.clip_norm / (norm + kEpsilon)).clamp_max_(1));
  return 1;
}

void TrainingEngine::update_weights(const StepSettings& settings, int64_t step, double factor) {
  if (!device_.is_cpu()) {
    PhaseTimer timer(times_.get(), PhaseTimer::kAllThreads);
    optimizer_->update(parameters_, settings.learning_rate, step);
    return timer.end(Phase::update);
  }
  for_ranges([&]<class T>(int rank, const IndexRange& range, T) {
    PhaseTimer timer(times_.get(), rank);
    T* gradients = range_data<T>(parameters_.gradients(), range);
    if (factor < 1) scale(range.count, static_cast<T>(factor), gradients);
    optimizer_->update_range(parameters_, {.range = range,
                                           .gradients = gradients,
                                           .learning_rate = settings.learning_rate,
                                           .step = step});
    std::fill_n(gradients, range.count, T(0));
    timer.end(Phase::update);
  });
}

void TrainingEngine::average_weights(double decay, int64_t step) {
  const auto updates = static_cast<double>(step);
  const double weight = 1 - std::min(decay, (1 + updates) / (10 + updates));
  if (device_.is_cpu()) {
    for_ranges([&]<class T>(int /*rank*/, const IndexRange& range, T) {
      lerp(range.count, static_cast<T>(weight), range_data<T>(parameters_.values(), range),
           range_data<T>(average_, range));
    });
  } else {
    average_.lerp_(parameters_.values(), weight);
  }
  if (!model_->keeps_unit_norm()) return;
  // The mean of unit vectors has a norm below 1. The dictionary has the same offset in both
  // buffers.
  const at::Tensor dictionary = model_->dictionary();
  normalize_columns(
      average_.as_strided(dictionary.sizes(), dictionary.strides(), dictionary.storage_offset()));
}

void TrainingEngine::exchange_weights() {
  if (!average_.defined()) return;
  const c10::NoGradGuard no_grad;
  // Swaps the contents rather than the tensors, as the model's parameters are views of values().
  if (!device_.is_cpu()) {
    const at::Tensor last = parameters_.values().clone();
    parameters_.values().copy_(average_);
    average_.copy_(last);
    return;
  }
  for_ranges([&]<class T>(int /*rank*/, const IndexRange& range, T) {
    T* values = range_data<T>(parameters_.values(), range);
    std::swap_ranges(values, values + range.count, range_data<T>(average_, range));
  });
}

}  // namespace ae
