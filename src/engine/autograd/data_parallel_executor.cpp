#include "engine/autograd/data_parallel_executor.h"

#include <c10/core/GradMode.h>

#include <atomic>

namespace ae {

DataParallelExecutor::DataParallelExecutor(Autoencoder& model, const Build& build,
                                           const Objective& objective,
                                           const FlatParameters& parameters, ThreadTeam& team)
    : model_(model), objective_(objective), parameters_(parameters), team_(team) {
  for (int rank = 1; rank < team.size(); ++rank) {
    std::shared_ptr<Autoencoder> replica = build();
    replica->to(parameters.values().scalar_type());
    FlatParameters views(*replica, parameters);
    replicas_.push_back({std::move(replica), std::move(views)});
  }
}

bool DataParallelExecutor::accumulate(const Batch& batch, const StepSettings& settings,
                                      double scale, const StepCounts& counts) {
  const at::Tensor dead =
      counts.tracker != nullptr ? counts.tracker->dead(settings.dead_after_rows) : at::Tensor();
  std::vector<BatchLoss> losses(static_cast<size_t>(team_.size()));
  std::atomic<bool> finite = true;
  team_.run([&](int rank) {
    const IndexRange rows = partition(batch.samples(), rank, team_.size());
    if (rows.count == 0) return;
    PhaseTimer timer(counts.times, rank);
    Autoencoder& model = rank == 0 ? model_ : *replicas_[static_cast<size_t>(rank) - 1].model;
    std::unique_ptr<Noise> noise;
    const Batch part = batch.part(rows, noise);
    const ForwardContext context{.training = true,
                                 .noise = noise.get(),
                                 .condition = model.condition(part.labels()),
                                 .dead = dead};
    const RowPair pair = part.pair();
    timer.end(Phase::data);
    BatchLoss& loss = losses[static_cast<size_t>(rank)];
    loss = objective_.training(model, pair, context, settings.weights);
    timer.end(Phase::forward);
    if (!has_finite_loss(loss)) {
      finite = false;
      return;
    }
    (loss.loss * scale).backward();
    timer.end(Phase::backward);
  });
  reduce(counts.times);
  if (!finite) return false;
  std::vector<Posterior> posteriors;
  for (size_t rank = 0; rank < losses.size(); ++rank) {
    if (losses[rank].terms.empty()) continue;
    const IndexRange rows = partition(batch.samples(), static_cast<int>(rank), team_.size());
    counts.sums->add(losses[rank].terms, rows.count);
    posteriors.push_back(std::move(losses[rank].posterior));
  }
  if (counts.tracker != nullptr) counts.tracker->add(posteriors);
  return true;
}

void DataParallelExecutor::reduce(PhaseTimes* times) {
  team_.run([&](int rank) {
    PhaseTimer timer(times, rank);
    const c10::NoGradGuard no_grad;
    const IndexRange range = partition(parameters_.trainable_count(), rank, team_.size());
    const at::Tensor sum = parameters_.gradients().narrow(0, range.begin, range.count);
    for (const Replica& replica : replicas_) {
      const at::Tensor part = replica.parameters.gradients().narrow(0, range.begin, range.count);
      sum.add_(part);
      part.zero_();
    }
    timer.end(Phase::update);
  });
}

}  // namespace ae
