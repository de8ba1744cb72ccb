#include <spdlog/fmt/fmt.h>

#include <cmath>

#include "core/error.h"
#include "training/trainer.h"

// Handling of non-finite losses, gradients and weights.

namespace ae {

void Trainer::check_finite(const LossTerms::Means& means) {
  for (const auto& [name, value] : means) {
    if (!std::isfinite(value)) throw Divergence{name + " is not finite"};
  }
}

void Trainer::handle_non_finite(std::span<const int64_t> rows, const StepSettings& settings) {
  const RowNoise noise(noise_key(), rows, engine_.device());
  const std::string found =
      describe(engine_.find_non_finite(batch_of(splits_.train, rows, noise), settings),
               splits_.train.data->path.string());
  const TrainingOptions& options = experiment_.training;
  int64_t& skipped = state_.non_finite_events.skipped_updates;
  if (options.on_non_finite != "skip" || skipped == options.non_finite_limit) {
    throw Divergence{found};
  }
  ++skipped;
  const std::string what =
      fmt::format("update {} in epoch {} is skipped ({} of at most {}): {}", state_.step + 1,
                  state_.epoch + 1, skipped, options.non_finite_limit, found);
  for (Observer* observer : observers_) observer->on_non_finite(*this, what);
}

void Trainer::keep_good_state() {
  if (experiment_.training.on_non_finite == "rollback") good_ = snapshot();
}

void Trainer::roll_back(const std::string& reason) {
  const TrainingOptions& options = experiment_.training;
  NonFiniteEvents non_finite_events = state_.non_finite_events;
  if (!good_ || non_finite_events.rollbacks == options.non_finite_limit) throw diverged(reason);
  ++non_finite_events.rollbacks;
  non_finite_events.learning_rate_factor /= 2;
  const int64_t update = state_.step + 1;
  resume(*good_);
  state_.non_finite_events = non_finite_events;
  const std::string what = fmt::format(
      "near update {}: {}; back to update {} in epoch {}, with a learning rate of {:.4g} "
      "(rollback {} of at most {})",
      update, reason, state_.step, state_.epoch + 1, learning_rate(state_.step),
      non_finite_events.rollbacks, options.non_finite_limit);
  for (Observer* observer : observers_) observer->on_non_finite(*this, what);
}

Error Trainer::diverged(const std::string& what) const {
  const TrainingOptions& options = experiment_.training;
  std::string remedy =
      experiment_.optimizer.clip_norm ? "" : " clip the gradient (optimizer.clip_norm),";
  remedy += options.on_non_finite == "stop"
                ? " scale the data (data.scale), or see training.on_non_finite"
                : " or scale the data (data.scale)";
  const NonFiniteEvents& non_finite_events = state_.non_finite_events;
  const std::string before =
      non_finite_events.skipped_updates > 0
          ? fmt::format(" after {} skipped updates", non_finite_events.skipped_updates)
      : non_finite_events.rollbacks > 0
          ? fmt::format(" after {} rollbacks", non_finite_events.rollbacks)
          : "";
  return diverged_error(
      "training diverged in epoch {}, update {}{}: {}; lower "
      "optimizer.learning_rate (now {}),{}",
      state_.epoch + 1, state_.step + 1, before, what, experiment_.optimizer->learning_rate(),
      remedy);
}

}  // namespace ae
