#include "engine/fused_program.h"

#include <c10/core/GradMode.h>

#include <algorithm>
#include <cmath>

namespace ae {

using plan::Shard;

template <class T>
FusedProgram<T>::FusedProgram(const Autoencoder& model, const LoweredModel& lowered,
                              const Objective& objective, FlatParameters& parameters, Team& team)
    : objective_(objective),
      parameters_(parameters),
      team_(team),
      auxiliary_weight_(lowered.auxiliary_weight),
      counts_active_(objective.counts_active()) {
  build(model, lowered);
  const auto members = static_cast<size_t>(team.members());
  // A line of the cache for each, so that threads do not take it from each other.
  sums_.assign(members, std::vector<double>(terms_.size() + 8));
  if (counts_active_) {
    active_.assign(members, std::vector<uint8_t>(static_cast<size_t>(model.latent_dim())));
  }
  int64_t largest = 0;
  for (const WeightJob& job : jobs_) largest = std::max(largest, job.share.share.count);
  gradients_.assign(members, AlignedVector<T>(static_cast<size_t>(largest)));
}

template <class T>
bool FusedProgram<T>::accumulate(const Batch& batch, const StepSettings& settings, double scale,
                                 const StepCounts& counts) {
  if (!pass(batch, settings, scale, counts)) return false;
  T* gradients = parameters_.gradients().template mutable_data_ptr<T>();
  for_weights(counts.times, [&](const WeightJob& job, int /*member*/, Laps& laps) {
    job.operation->find_gradient(job.share, batch.samples(), T(1),
                                 gradients + job.share.share.begin);
    laps.end(Phase::backward);
  });
  return true;
}

template <class T>
StepProgram::Step FusedProgram<T>::step(const Batch& batch, const StepSettings& settings,
                                        int64_t step, Optimizer& optimizer,
                                        const StepCounts& counts) {
  if (!pass(batch, settings, 1.0 / static_cast<double>(batch.samples()), counts)) {
    return Step::not_finite;
  }
  for_weights(counts.times, [&](const WeightJob& job, int member, Laps& laps) {
    T* gradient = gradients_[static_cast<size_t>(member)].data();
    job.operation->find_gradient(job.share, batch.samples(), T(0), gradient);
    laps.end(Phase::backward);
    optimizer.update_share(parameters_, {.share = job.share.share,
                                         .gradients = gradient,
                                         .learning_rate = settings.learning_rate,
                                         .step = step});
    laps.end(Phase::update);
  });
  return Step::done;
}

template <class T>
bool FusedProgram<T>::pass(const Batch& batch, const StepSettings& settings, double scale,
                           const StepCounts& counts) {
  if (batch.samples() > reserved_rows_) {
    reserved_rows_ = batch.samples();
    for (const auto& buffer : buffers_) buffer->reserve(reserved_rows_);
    for (const auto& operation : operations_) operation->reserve(reserved_rows_);
  }
  if (dead_latents_) {
    const at::Tensor& since = counts.usage->rows_since_active();
    dead_latents_->find({since.const_data_ptr<int64_t>(), static_cast<size_t>(since.numel())},
                        settings.dead_after_rows);
  }
  team_.run([&](int member) { pass_shard(batch, settings, scale, member, counts.times); });
  Laps laps(counts.times, 0);
  for (const auto& operation : operations_) operation->prepare_gradients(batch.samples());
  laps.end(Phase::backward);
  std::vector<double>& sums = sums_.front();
  for (size_t member = 1; member < sums_.size(); ++member) {
    for (size_t term = 0; term < terms_.size(); ++term) sums[term] += sums_[member][term];
  }
  const auto part = [&](int place, double weight) {
    return place < 0 ? 0 : sums[static_cast<size_t>(place)] * weight;
  };
  sums[static_cast<size_t>(places_.loss)] =
      part(places_.reconstruction, settings.weights.reconstruction) +
      part(places_.auxiliary, auxiliary_weight_) + part(places_.kl, settings.weights.kl) +
      part(places_.sparsity, settings.weights.sparsity);
  if (!std::isfinite(sums[static_cast<size_t>(places_.loss)])) return false;
  counts.sums->add(terms_, {sums.data(), terms_.size()}, batch.samples());
  if (counts.usage == nullptr) return true;
  std::vector<uint8_t>& active = active_.front();
  for (size_t member = 1; member < active_.size(); ++member) {
    for (size_t i = 0; i < active.size(); ++i) active[i] |= active_[member][i];
  }
  counts.usage->add(batch.samples(), active);
  return true;
}

template <class T>
void FusedProgram<T>::pass_shard(const Batch& batch, const StepSettings& settings, double scale,
                                 int member, StepTimes* times) {
  Laps laps(times, member);
  const auto index = static_cast<size_t>(member);
  std::fill(sums_[index].begin(), sums_[index].end(), 0.0);
  if (counts_active_) std::fill(active_[index].begin(), active_[index].end(), uint8_t{0});
  const Share rows = share_of(batch.samples(), member, team_.members());
  if (rows.count == 0) return;
  const std::unique_ptr<Noise> noise = batch.noise().part(rows.begin, rows.count);
  batch.copy_rows(rows, target_->values(rows.begin));
  if (input_ != target_) {
    const c10::NoGradGuard no_grad;
    input_->tensor(rows).copy_(objective_.corrupted(target_->tensor(rows), *noise));
  }
  laps.end(Phase::data);
  const Shard shard{.member = member,
                    .first = true,
                    .rows = rows,
                    .noise = *noise,
                    .weights = settings.weights,
                    .scale = scale,
                    .terms = sums_[index].data(),
                    .active = counts_active_ ? active_[index].data() : nullptr};
  stages_->pass(shard, laps);
}

template <class T>
template <class Work>
void FusedProgram<T>::for_weights(StepTimes* times, const Work& work) {
  // Whoever is free takes the next: who it is makes no difference to the bits.
  next_job_ = 0;
  team_.run([&](int member) {
    Laps laps(times, member);
    for (size_t i = next_job_++; i < jobs_.size(); i = next_job_++) work(jobs_[i], member, laps);
  });
}

template class FusedProgram<float>;
template class FusedProgram<double>;

}  // namespace ae
