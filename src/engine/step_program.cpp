#include "engine/step_program.h"

namespace ae {

void AutogradProgram::accumulate(const Batch& batch, const StepSettings& settings, double scale,
                                 const StepCounts& counts) {
  Laps laps(counts.times, Laps::kAll);
  Pass pass{
      .training = true, .noise = &batch.noise(), .condition = model_.condition(batch.labels())};
  const at::Tensor& target = batch.target();
  laps.end(Phase::data);
  if (counts.usage != nullptr) pass.dead = counts.usage->dead(settings.dead_after_rows);
  const BatchLoss loss = objective_.training(model_, target, pass, settings.weights);
  laps.end(Phase::forward);
  // The parameters' gradients are views of the flat buffer: backward() adds into it.
  (loss.loss * scale).backward();
  laps.end(Phase::backward);
  counts.sums->add(loss.terms, batch.samples());
  if (counts.usage != nullptr) counts.usage->add(loss.posterior);
}

void AutogradProgram::evaluate(const Batch& batch, const StepSettings& settings,
                               const StepCounts& counts) {
  const Pass pass{.noise = &batch.noise(), .condition = model_.condition(batch.labels())};
  const BatchLoss loss = objective_.evaluation(model_, batch.target(), pass, settings.weights);
  counts.sums->add(loss.terms, batch.samples());
  if (counts.statistics != nullptr) counts.statistics->add(loss.posterior);
  if (counts.saturation != nullptr) counts.saturation->add(loss.output, batch.target());
}

}  // namespace ae
