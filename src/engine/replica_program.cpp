#include "engine/replica_program.h"

#include <c10/core/GradMode.h>

#include <atomic>

namespace ae {

ReplicaProgram::ReplicaProgram(Autoencoder& model, const Build& build, const Objective& objective,
                               const FlatParameters& parameters, Team& team)
    : model_(model), objective_(objective), parameters_(parameters), team_(team) {
  for (int member = 1; member < team.members(); ++member) {
    std::shared_ptr<Autoencoder> replica = build();
    replica->to(parameters.values().scalar_type());
    FlatParameters views(*replica, parameters);
    replicas_.push_back({std::move(replica), std::move(views)});
  }
}

bool ReplicaProgram::accumulate(const Batch& batch, const StepSettings& settings, double scale,
                                const StepCounts& counts) {
  const at::Tensor dead =
      counts.usage != nullptr ? counts.usage->dead(settings.dead_after_rows) : at::Tensor();
  std::vector<BatchLoss> losses(static_cast<size_t>(team_.members()));
  std::atomic<bool> finite = true;
  team_.run([&](int member) {
    const Share rows = share_of(batch.samples(), member, team_.members());
    if (rows.count == 0) return;
    Laps laps(counts.times, member);
    Autoencoder& model = member == 0 ? model_ : *replicas_[static_cast<size_t>(member) - 1].model;
    std::unique_ptr<Noise> noise;
    const Batch part = batch.part(rows, noise);
    const Pass pass{.training = true,
                    .noise = noise.get(),
                    .condition = model.condition(part.labels()),
                    .dead = dead};
    const at::Tensor& target = part.target();
    laps.end(Phase::data);
    BatchLoss& loss = losses[static_cast<size_t>(member)];
    loss = objective_.training(model, target, pass, settings.weights);
    laps.end(Phase::forward);
    if (!has_finite_loss(loss)) {
      finite = false;
      return;
    }
    (loss.loss * scale).backward();
    laps.end(Phase::backward);
  });
  reduce(counts.times);
  if (!finite) return false;
  std::vector<Posterior> posteriors;
  for (size_t member = 0; member < losses.size(); ++member) {
    if (losses[member].terms.empty()) continue;
    const Share rows = share_of(batch.samples(), static_cast<int>(member), team_.members());
    counts.sums->add(losses[member].terms, rows.count);
    posteriors.push_back(std::move(losses[member].posterior));
  }
  if (counts.usage != nullptr) counts.usage->add(posteriors);
  return true;
}

void ReplicaProgram::reduce(StepTimes* times) {
  team_.run([&](int member) {
    Laps laps(times, member);
    const c10::NoGradGuard no_grad;
    const Share share = share_of(parameters_.values().numel(), member, team_.members());
    const at::Tensor sum = parameters_.gradients().narrow(0, share.begin, share.count);
    for (const Replica& replica : replicas_) {
      const at::Tensor part = replica.parameters.gradients().narrow(0, share.begin, share.count);
      sum.add_(part);
      part.zero_();
    }
    laps.end(Phase::update);
  });
}

}  // namespace ae
