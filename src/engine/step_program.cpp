#include "engine/step_program.h"

namespace ae {

void AutogradProgram::accumulate(const Batch& batch, const StepSettings& settings, double scale,
                                 const StepCounts& counts) {
  Pass pass{
      .training = true, .noise = &batch.noise(), .condition = model_.condition(batch.labels())};
  if (counts.usage != nullptr) pass.dead = counts.usage->dead(settings.dead_after_rows);
  // The parameters' gradients are views of the flat buffer: backward() adds into it.
  const BatchLoss loss = objective_.training(model_, batch.target(), pass, settings.weights);
  (loss.loss * scale).backward();
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
