#include "engine/learner.h"

#include <c10/core/GradMode.h>

#include <utility>

namespace ae {
namespace {

std::shared_ptr<Autoencoder> moved(std::shared_ptr<Autoencoder> model, at::Device device) {
  model->to(device);
  return model;
}

}  // namespace

Learner::Learner(std::shared_ptr<Autoencoder> model, const Objective& objective,
                 const OptimizerSpec& optimizer, at::Device device)
    : model_(moved(std::move(model), device)),
      device_(device),
      parameters_(*model_),
      optimizer_(optimizer.build(parameters_)),
      program_(std::make_unique<AutogradProgram>(model_, objective)) {}

void Learner::step(const Batch& batch, const StepSettings& settings, int64_t step, TermSums& sums) {
  parameters_.gradients().zero_();
  program_->accumulate(batch, settings, 1.0 / static_cast<double>(batch.samples()), parameters_,
                       sums);
  const c10::NoGradGuard no_grad;
  optimizer_->update(parameters_, settings.learning_rate, step);
}

void Learner::evaluate(const Batch& batch, const StepSettings& settings, TermSums& sums) {
  program_->evaluate(batch, settings, sums);
}

LearnerSnapshot Learner::snapshot() const {
  LearnerSnapshot snapshot{parameters_.values().clone(), {}};
  for (const auto& [name, tensor] : optimizer_->state()) {
    snapshot.optimizer.emplace_back(name, tensor.clone());
  }
  return snapshot;
}

void Learner::restore(const LearnerSnapshot& snapshot) {
  const c10::NoGradGuard no_grad;
  parameters_.values().copy_(snapshot.values);
  const Optimizer::State state = optimizer_->state();
  for (size_t i = 0; i < state.size(); ++i) state[i].second.copy_(snapshot.optimizer[i].second);
}

}  // namespace ae
