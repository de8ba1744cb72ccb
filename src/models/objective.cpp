#include "models/objective.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/zeros.h>
#include <c10/core/GradMode.h>

#include <algorithm>

#include "models/contractive.h"
#include "models/kl.h"
#include "models/repeat_rows.h"

namespace ae {
namespace {

/// Adds a weighted term to the loss, and the unweighted term to the reported terms.
void add_term(BatchLoss& batch, const char* name, const at::Tensor& sum, double weight) {
  batch.loss = batch.loss + sum * weight;
  batch.terms.push_back({name, sum.detach()});
}

/// Number of non-zero latents, summed over rows.
at::Tensor active_latents(const Posterior& posterior) {
  const at::Tensor code = posterior.sparse ? posterior.sparse->values : posterior.mean;
  return code.detach().ne(0).sum();
}

}  // namespace

Objective::Objective(const ModelOptions& model, const ObjectiveOptions& objective,
                     const CorruptionPart& corruption, const InputInfo& input)
    : corruption_(corruption->build(input)),
      corrupted_weight_(corruption.corrupted_weight),
      clean_weight_(corruption.clean_weight),
      sparsity_(model.sparsity.share()),
      has_kl_(model.latent->has_prior()),
      counts_active_(model.latent->is_sparse()),
      samples_(objective.posterior_samples),
      importance_weighted_(objective.bound == "iwae"),
      kl_(objective.kl),
      sparsity_warm_up_(model.sparsity.warm_up),
      contractive_weight_(objective.contractive_weight),
      auxiliary_weight_(model.latent->auxiliary_weight()) {
  weights_ = {.reconstruction = objective.reconstruction.weight,
              .kl = kl_ ? kl_->weight : 0,
              .sparsity = sparsity_->weight()};
  if (kl_ && kl_->capacity) weights_.kl_capacity = kl_->capacity->nats;
}

LossWeights Objective::weights_at(int64_t step, int64_t updates_per_epoch) const {
  LossWeights now = weights_;
  if (kl_ && kl_->warm_up) now.kl *= kl_->warm_up->factor(step, updates_per_epoch);
  if (kl_ && kl_->capacity && kl_->capacity->length) {
    now.kl_capacity *= completed_fraction(step, kl_->capacity->length->updates(updates_per_epoch));
  }
  if (sparsity_warm_up_) {
    now.sparsity *= completed_fraction(step, sparsity_warm_up_->updates(updates_per_epoch));
  }
  return now;
}

int64_t Objective::settled_at(int64_t updates_per_epoch) const {
  int64_t step = 0;
  const auto wait_for = [&](const std::optional<Interval>& length) {
    if (length) step = std::max(step, length->updates(updates_per_epoch));
  };
  if (kl_ && kl_->warm_up) wait_for(kl_->warm_up->length);
  if (kl_ && kl_->capacity) wait_for(kl_->capacity->length);
  wait_for(sparsity_warm_up_);
  return step;
}

std::vector<std::string> Objective::training_terms() const {
  std::vector<std::string> names = {"loss", "reconstruction"};
  if (auxiliary_weight_ > 0) names.emplace_back("auxiliary");
  if (has_kl_) names.emplace_back("kl");
  if (sparsity_->is_active()) names.emplace_back("sparsity");
  if (contractive_weight_ > 0) names.emplace_back("contraction");
  names.emplace_back("squared_error");
  if (counts_active_) names.emplace_back("l0");
  return names;
}

bool Objective::couples_rows() const {
  return sparsity_->couples_rows() || (kl_ && (kl_->free_bits > 0 || kl_->capacity));
}

Operations Objective::operations(const Autoencoder& model) const {
  Operations all({model.inputs()});
  const auto [latent, output] = model.append_to(all, samples_);
  all.begin(Operation::Section::objective);
  all.add(op::Reconstruction{.pointwise = model.reconstruction().pointwise(),
                             .weight = model.reconstruction().feature_weight(model.features()),
                             .weights_corruption = corrupted_weight_ != 1 || clean_weight_ != 1,
                             .importance_weighted = importance_weighted_},
          "objective.reconstruction", {output, Operations::kTarget}, {});
  if (has_kl_) {
    all.add(op::KlDivergence{.free_bits = kl_ && kl_->free_bits > 0,
                             .capacity = kl_ && kl_->capacity.has_value()},
            "objective.kl", {latent.code, *latent.log_variance}, {});
  }
  if (sparsity_->is_active()) {
    all.add(sparsity_->operation(), "model.sparsity", {latent.code}, {});
  }
  if (contractive_weight_ > 0) {
    all.add(op::Contraction{}, "objective.contractive_weight", {latent.code}, {});
  }
  return all;
}

at::Tensor Objective::emphasis(const at::Tensor& input, const RowPair& rows) const {
  if (!corruption_ || (corrupted_weight_ == 1 && clean_weight_ == 1)) return {};
  return at::full_like(rows.target, clean_weight_)
      .masked_fill_(input.ne(rows.input), corrupted_weight_);
}

BatchLoss Objective::training(Autoencoder& model, const RowPair& rows,
                              const ForwardContext& context, const LossWeights& weights) const {
  const at::Tensor input = corrupted(rows.input, *context.noise);
  BatchLoss batch;
  batch.posterior = model.encode(input, context);
  const at::Tensor squared_error = add_reconstruction(model, input, rows, context, weights, batch);
  add_regularizers(model, input, context, weights, batch);
  batch.terms.insert(batch.terms.begin(), {"loss", batch.loss.detach()});
  batch.terms.push_back({"squared_error", squared_error});
  if (counts_active_) batch.terms.push_back({"l0", active_latents(batch.posterior)});
  return batch;
}

at::Tensor Objective::add_reconstruction(Autoencoder& model, const at::Tensor& input,
                                         const RowPair& rows, const ForwardContext& context,
                                         const LossWeights& weights, BatchLoss& batch) const {
  const at::Tensor& target = rows.target;
  at::Tensor codes;
  at::Tensor output;
  if (has_kl_) {
    codes = model.sample(batch.posterior, *context.noise, samples_);
    output = model.decode(codes, context);
  } else {
    output = model.decode(batch.posterior, context);
  }
  const Reconstruction& reconstruction = model.reconstruction();
  const at::Tensor factors = emphasis(input, rows);
  const at::Tensor targets = repeat_rows(target, samples_);
  batch.output = output.detach();
  at::Tensor sum;
  at::Tensor squared_error;
  if (factors.defined() || importance_weighted_) {
    const at::Tensor errors = reconstruction.per_sample(
        output, targets, factors.defined() ? repeat_rows(factors, samples_) : at::Tensor());
    sum = errors.sum();
    if (importance_weighted_) {
      batch.loss = importance_weighted_loss(errors * weights.reconstruction, codes, batch.posterior,
                                            samples_, weights.kl)
                       .sum();
    }
    const c10::NoGradGuard no_grad;
    // Missing values (NaN) have no error.
    squared_error = (reconstruction.mean_given(output, targets) - targets)
                        .masked_fill_(targets.isnan(), 0)
                        .square_()
                        .sum();
  } else {
    const Reconstruction::BatchError error = reconstruction.batch(output, targets);
    sum = error.sum;
    squared_error = error.squared_error;
  }
  if (samples_ > 1) {
    sum = sum / static_cast<double>(samples_);
    squared_error = squared_error / static_cast<double>(samples_);
  }
  if (!importance_weighted_) batch.loss = sum * weights.reconstruction;
  batch.terms.push_back({"reconstruction", sum.detach()});
  if (auxiliary_weight_ > 0 && context.training)
    add_auxiliary(model, output, target, context, batch);
  return squared_error.detach();
}

void Objective::add_regularizers(Autoencoder& model, const at::Tensor& input,
                                 const ForwardContext& context, const LossWeights& weights,
                                 BatchLoss& batch) const {
  const auto samples = static_cast<double>(input.size(0));
  if (has_kl_) {
    const KlLoss kl = kl_loss(
        batch.posterior, {.free_bits = kl_ ? kl_->free_bits : 0, .capacity = weights.kl_capacity});
    if (!importance_weighted_) batch.loss = batch.loss + kl.loss * weights.kl;
    batch.terms.push_back({"kl", kl.divergence.detach()});
  }
  if (sparsity_->is_active()) {
    add_term(batch, "sparsity", sparsity_->penalty(batch.posterior) * samples, weights.sparsity);
  }
  if (contractive_weight_ > 0) {
    add_term(batch, "contraction", contraction(model, input, batch.posterior, context).sum(),
             contractive_weight_);
  }
}

void Objective::add_auxiliary(const Autoencoder& model, const at::Tensor& output,
                              const at::Tensor& target, const ForwardContext& context,
                              BatchLoss& batch) const {
  if (!batch.posterior.auxiliary) {  // none is dead: 0, so that all batches have the same terms
    batch.terms.push_back({"auxiliary", at::zeros({}, target.options())});
    return;
  }
  // Dead latents learn to predict the residual, which is detached so that live latents do not.
  const at::Tensor residual = (target - output).detach().nan_to_num();  // NaN: missing
  const at::Tensor explained = model.combine(*batch.posterior.auxiliary);
  const at::Tensor left =
      (residual - explained).square().sum() * model.reconstruction().feature_weight(target.size(1));
  // On a GPU `auxiliary` is set also if none is dead, to avoid a synchronisation.
  add_term(batch, "auxiliary", left * context.dead.any(), auxiliary_weight_);
}

BatchLoss Objective::evaluation(Autoencoder& model, const RowPair& rows,
                                const ForwardContext& context, const LossWeights& weights) const {
  const c10::NoGradGuard no_grad;
  BatchLoss batch = training(model, rows, context, weights);
  if (corruption_) {
    const Posterior clean = model.encode(rows.input, context);
    const at::Tensor output = has_kl_ ? model.decode(model.sample(clean, *context.noise), context)
                                      : model.decode(clean, context);
    batch.terms.push_back(
        {"reconstruction_clean", model.reconstruction().per_sample(output, rows.target).sum()});
  }
  return batch;
}

}  // namespace ae
