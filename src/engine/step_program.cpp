#include "engine/step_program.h"

#include <utility>

namespace ae {

AutogradProgram::AutogradProgram(std::shared_ptr<Autoencoder> model, Objective objective)
    : model_(std::move(model)), objective_(std::move(objective)) {}

void AutogradProgram::accumulate(const Batch& batch, const StepSettings& settings, double scale,
                                 FlatParameters& /*parameters*/, TermSums& sums) {
  // The parameters' gradients are views of the flat buffer: backward() adds into it.
  const BatchLoss loss = objective_.training(*model_, batch.target, batch.noise, settings.weights);
  (loss.loss * scale).backward();
  sums.add(loss.terms, batch.samples());
}

void AutogradProgram::evaluate(const Batch& batch, const StepSettings& settings, TermSums& sums) {
  const BatchLoss loss =
      objective_.evaluation(*model_, batch.target, batch.noise, settings.weights);
  sums.add(loss.terms, batch.samples());
}

}  // namespace ae
