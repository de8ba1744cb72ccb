#include <algorithm>

#include "data/moments.h"
#include "engine/row_loop.h"
#include "training/trainer.h"

// Evaluation of held-out rows and metrics of sparse codes.

namespace ae {

void Trainer::describe_sparsity(const RowSet& set, LossTerms::Means& means) {
  if (engine_.tracker() == nullptr) return;
  const double variance = variance_of(set);
  const double l0 = mean_of(means, "l0");
  const double squared_error = mean_of(means, "squared_error");
  means.emplace_back("density", l0 / static_cast<double>(engine_.model().latent_dim()));
  if (variance > 0) means.emplace_back("variance_explained", 1 - squared_error / variance);
  if (&set != &splits_.train) return;
  // Dead: inactive on every training row of the epoch that ends here.
  means.emplace_back(
      "dead", engine_.tracker()->dead(splits_.train.count()).to(at::kDouble).mean().item<double>());
}

double Trainer::variance_of(const RowSet& set) {
  const auto [found, is_new] = variances_.try_emplace(&set, 0.0);
  if (is_new) {
    found->second = moments_of(targets_of(set), splits_.preprocessing.output().scaling).variance;
  }
  return found->second;
}

std::optional<LossTerms::Means> Trainer::evaluate(const RowSet& set) {
  LossTerms sums;
  latents_.emplace();
  saturation_ = Saturation::of(engine_.model().output_activation());
  const StepCounts counts{
      .sums = &sums, .statistics = &*latents_, .saturation = saturation_ ? &*saturation_ : nullptr};
  SetReader reader(set, resident(set), experiment_.training.batch_size,
                   engine_.model().classes() > 0);
  const RowLoopOptions options{.seed = static_cast<uint64_t>(experiment_.seed),
                               .device = engine_.device(),
                               .type = engine_.parameters().values().scalar_type(),
                               .interrupted = [this] { return is_interrupted(); }};
  const bool done = for_each_batch(
      reader, options, [&](const Batch& batch) { engine_.evaluate(batch, settings(), counts); });
  if (!done) return std::nullopt;
  LossTerms::Means means = sums.means();
  describe_sparsity(set, means);
  if (engine_.model().has_prior()) {
    means.emplace_back("active_units", static_cast<double>(latents_->active_units()));
  }
  return means;
}

bool Trainer::is_interrupted() const {
  return std::any_of(observers_.begin(), observers_.end(),
                     [](const Observer* observer) { return observer->interrupts(); });
}

const ResidentPair& Trainer::resident(const RowSet& set) {
  ResidentPair& rows = resident_[set.data.get()];
  if (!rows.inputs) rows = resident_pair(*set.data, splits_.preprocessing, engine_.device());
  return rows;
}

Batch Trainer::batch_of(const RowSet& set, std::span<const int64_t> rows, const Noise& noise) {
  const bool conditional = engine_.model().classes() > 0;
  const ResidentPair& sources = resident(set);
  return {*sources.inputs,
          rows,
          noise,
          conditional ? set.labels_of(rows).to(engine_.device()) : at::Tensor(),
          engine_.parameters().values().scalar_type(),
          sources.targets.get()};
}

}  // namespace ae
