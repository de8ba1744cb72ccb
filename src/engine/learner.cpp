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
      objective_(objective),
      program_(std::make_unique<AutogradProgram>(model_, objective)) {
  if (objective.counts_active()) usage_.emplace(model_->latent_dim(), device);
}

void Learner::step(const Batch& batch, const StepSettings& settings, int64_t step, TermSums& sums) {
  parameters_.gradients().zero_();
  program_->accumulate(batch, settings, 1.0 / static_cast<double>(batch.samples()), parameters_,
                       {.sums = &sums, .usage = usage_ ? &*usage_ : nullptr});
  const c10::NoGradGuard no_grad;
  if (model_->keeps_unit_norm()) model_->project_dictionary_gradient();
  optimizer_->update(parameters_, settings.learning_rate, step);
  if (model_->keeps_unit_norm()) model_->normalize_dictionary();
}

void Learner::evaluate(const Batch& batch, const StepSettings& settings, const StepCounts& counts) {
  program_->evaluate(batch, settings, counts);
}

LearnerSnapshot Learner::snapshot() const {
  LearnerSnapshot snapshot{parameters_.values().clone(), {}, {}, {}};
  for (const at::Tensor& buffer : model_->buffers()) snapshot.buffers.push_back(buffer.clone());
  if (usage_) snapshot.rows_since_active = usage_->rows_since_active().clone();
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
  const std::vector<at::Tensor> buffers = model_->buffers();
  for (size_t i = 0; i < buffers.size(); ++i) buffers[i].copy_(snapshot.buffers[i]);
  if (usage_) usage_->restore(snapshot.rows_since_active);
}

}  // namespace ae
