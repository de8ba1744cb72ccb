#include "engine/fused/fused_executor.h"

#include <c10/core/GradMode.h>

#include <algorithm>
#include <cmath>

namespace ae {

using fused::Shard;

template <class T>
FusedExecutor<T>::FusedExecutor(const Autoencoder& model, const FusedPlan& plan,
                                const Objective& objective, FlatParameters& parameters,
                                ThreadTeam& team)
    : objective_(objective),
      parameters_(parameters),
      team_(team),
      auxiliary_weight_(plan.auxiliary_weight),
      counts_active_(objective.counts_active()) {
  build(model, plan);
  const auto threads = static_cast<size_t>(team.size());
  // Padded by a cache line, against false sharing.
  sums_.assign(threads, std::vector<double>(terms_.size() + 8));
  if (counts_active_) {
    active_.assign(threads, std::vector<uint8_t>(static_cast<size_t>(model.latent_dim())));
  }
  int64_t largest = 0;
  for (const WeightJob& job : jobs_) largest = std::max(largest, job.range.range.count);
  gradients_.assign(threads, AlignedVector<T>(static_cast<size_t>(largest)));
}

template <class T>
bool FusedExecutor<T>::accumulate(const Batch& batch, const StepSettings& settings, double scale,
                                  const StepCounts& counts) {
  if (!forward_backward(batch, settings, scale, counts)) return false;
  T* gradients = parameters_.gradients().template mutable_data_ptr<T>();
  for_weights(counts.times, [&](const WeightJob& job, int /*rank*/, PhaseTimer& timer) {
    job.operation->weight_gradient(job.range, batch.samples(), /*accumulate=*/true,
                                   gradients + job.range.range.begin);
    timer.end(Phase::backward);
  });
  return true;
}

template <class T>
StepExecutor::Step FusedExecutor<T>::step(const Batch& batch, const StepSettings& settings,
                                          int64_t step, Optimizer& optimizer,
                                          const StepCounts& counts) {
  if (!forward_backward(batch, settings, 1.0 / static_cast<double>(batch.samples()), counts)) {
    return Step::not_finite;
  }
  for_weights(counts.times, [&](const WeightJob& job, int rank, PhaseTimer& timer) {
    T* gradient = gradients_[static_cast<size_t>(rank)].data();
    job.operation->weight_gradient(job.range, batch.samples(), /*accumulate=*/false, gradient);
    timer.end(Phase::backward);
    optimizer.update_range(parameters_, {.range = job.range.range,
                                         .gradients = gradient,
                                         .learning_rate = settings.learning_rate,
                                         .step = step});
    timer.end(Phase::update);
  });
  return Step::done;
}

template <class T>
bool FusedExecutor<T>::forward_backward(const Batch& batch, const StepSettings& settings,
                                        double scale, const StepCounts& counts) {
  if (batch.samples() > reserved_rows_) {
    reserved_rows_ = batch.samples();
    for (const auto& buffer : buffers_) buffer->reserve(reserved_rows_);
    for (const auto& operation : primitives_) operation->reserve(reserved_rows_);
  }
  if (dead_latents_) {
    const at::Tensor& since = counts.tracker->rows_since_active();
    dead_latents_->find({since.const_data_ptr<int64_t>(), static_cast<size_t>(since.numel())},
                        settings.dead_after_rows);
  }
  team_.run([&](int rank) { forward_backward_shard(batch, settings, scale, rank, counts.times); });
  PhaseTimer timer(counts.times, 0);
  for (const auto& operation : primitives_) operation->prepare_weight_gradients(batch.samples());
  timer.end(Phase::backward);
  std::vector<double>& sums = sums_.front();
  for (size_t rank = 1; rank < sums_.size(); ++rank) {
    for (size_t term = 0; term < terms_.size(); ++term) sums[term] += sums_[rank][term];
  }
  const auto weighted = [&](int term, double weight) {
    return term < 0 ? 0 : sums[static_cast<size_t>(term)] * weight;
  };
  sums[static_cast<size_t>(indices_.loss)] =
      weighted(indices_.reconstruction, settings.weights.reconstruction) +
      weighted(indices_.auxiliary, auxiliary_weight_) + weighted(indices_.kl, settings.weights.kl) +
      weighted(indices_.sparsity, settings.weights.sparsity);
  if (!std::isfinite(sums[static_cast<size_t>(indices_.loss)])) return false;
  counts.sums->add(terms_, {sums.data(), terms_.size()}, batch.samples());
  if (counts.tracker == nullptr) return true;
  std::vector<uint8_t>& active = active_.front();
  for (size_t rank = 1; rank < active_.size(); ++rank) {
    for (size_t i = 0; i < active.size(); ++i) active[i] |= active_[rank][i];
  }
  counts.tracker->add(batch.samples(), active);
  return true;
}

template <class T>
void FusedExecutor<T>::forward_backward_shard(const Batch& batch, const StepSettings& settings,
                                              double scale, int rank, PhaseTimes* times) {
  PhaseTimer timer(times, rank);
  const auto index = static_cast<size_t>(rank);
  std::fill(sums_[index].begin(), sums_[index].end(), 0.0);
  if (counts_active_) std::fill(active_[index].begin(), active_[index].end(), uint8_t{0});
  const IndexRange rows = partition(batch.samples(), rank, team_.size());
  if (rows.count == 0) return;
  const std::unique_ptr<Noise> noise = batch.noise().part(rows.begin, rows.count);
  batch.copy_rows(rows, target_->values(rows.begin));
  if (input_ != target_) {
    const c10::NoGradGuard no_grad;
    input_->tensor(rows).copy_(objective_.corrupted(target_->tensor(rows), *noise));
  }
  timer.end(Phase::data);
  const Shard shard{.rank = rank,
                    .first = true,
                    .rows = rows,
                    .noise = *noise,
                    .weights = settings.weights,
                    .scale = scale,
                    .terms = sums_[index].data(),
                    .active = counts_active_ ? active_[index].data() : nullptr};
  schedule_->forward_backward(shard, timer);
}

template <class T>
template <class Work>
void FusedExecutor<T>::for_weights(PhaseTimes* times, const Work& work) {
  // Dynamic scheduling; the result does not depend on which thread runs a job.
  next_job_ = 0;
  team_.run([&](int rank) {
    PhaseTimer timer(times, rank);
    for (size_t i = next_job_++; i < jobs_.size(); i = next_job_++) work(jobs_[i], rank, timer);
  });
}

template class FusedExecutor<float>;
template class FusedExecutor<double>;

}  // namespace ae
