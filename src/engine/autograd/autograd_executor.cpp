#include "engine/autograd/autograd_executor.h"

namespace ae {

bool AutogradExecutor::accumulate(const Batch& batch, const StepSettings& settings, double scale,
                                  const StepCounts& counts) {
  PhaseTimer timer(counts.times, PhaseTimer::kAllThreads);
  const StepInputs inputs{
      .rows = batch.pair(), .condition = model_.condition(batch.labels()), .noise = batch.noise()};
  timer.end(Phase::data);
  const std::vector<LossTerm> terms = accumulate(inputs, settings, scale, counts.tracker, timer);
  if (terms.empty()) return false;
  counts.sums->add(terms, batch.samples());
  return true;
}

std::vector<LossTerm> AutogradExecutor::accumulate(const StepInputs& inputs,
                                                   const StepSettings& settings, double scale,
                                                   DeadLatentTracker* tracker, PhaseTimer& timer) {
  ForwardContext context{.training = true, .noise = &inputs.noise, .condition = inputs.condition};
  if (tracker != nullptr) context.dead = tracker->dead(settings.dead_after_rows);
  BatchLoss loss;
  {
    const Autocast autocast(precision_, inputs.rows.input.device());
    loss = objective_.training(model_, inputs.rows, context, settings.weights);
  }
  timer.end(Phase::forward);
  if (!has_finite_loss(loss)) return {};
  // The parameters' gradients are views of the flat buffer: backward() accumulates into it.
  (loss.loss * scale).backward();
  timer.end(Phase::backward);
  if (tracker != nullptr) tracker->add(loss.posterior);
  return std::move(loss.terms);
}

void AutogradExecutor::evaluate(const Batch& batch, const StepSettings& settings,
                                const StepCounts& counts) {
  const ForwardContext context{.noise = &batch.noise(),
                               .condition = model_.condition(batch.labels())};
  const BatchLoss loss = objective_.evaluation(model_, batch.pair(), context, settings.weights);
  counts.sums->add(loss.terms, batch.samples());
  if (counts.statistics != nullptr) counts.statistics->add(loss.posterior);
  if (counts.saturation != nullptr) counts.saturation->add(loss.output, batch.target());
}

}  // namespace ae
