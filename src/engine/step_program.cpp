#include "engine/step_program.h"

#include <cmath>

namespace ae {

bool has_finite_loss(const BatchLoss& loss) {
  return !loss.loss.is_cpu() || std::isfinite(loss.loss.item<double>());
}

bool AutogradProgram::accumulate(const Batch& batch, const StepSettings& settings, double scale,
                                 const StepCounts& counts) {
  Laps laps(counts.times, Laps::kAll);
  const PassInputs inputs{.target = batch.target(),
                          .condition = model_.condition(batch.labels()),
                          .noise = batch.noise()};
  laps.end(Phase::data);
  const std::vector<Term> terms = accumulate(inputs, settings, scale, counts.usage, laps);
  if (terms.empty()) return false;
  counts.sums->add(terms, batch.samples());
  return true;
}

std::vector<Term> AutogradProgram::accumulate(const PassInputs& inputs,
                                              const StepSettings& settings, double scale,
                                              LatentUsage* usage, Laps& laps) {
  Pass pass{.training = true, .noise = &inputs.noise, .condition = inputs.condition};
  if (usage != nullptr) pass.dead = usage->dead(settings.dead_after_rows);
  BatchLoss loss;
  {
    const Autocast autocast(precision_, inputs.target.device());
    loss = objective_.training(model_, inputs.target, pass, settings.weights);
  }
  laps.end(Phase::forward);
  if (!has_finite_loss(loss)) return {};
  // The parameters' gradients are views of the flat buffer: backward() adds into it.
  (loss.loss * scale).backward();
  laps.end(Phase::backward);
  if (usage != nullptr) usage->add(loss.posterior);
  return std::move(loss.terms);
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
