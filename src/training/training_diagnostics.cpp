#include "training/training_diagnostics.h"

#include <algorithm>

#include "core/error.h"
#include "data/moments.h"
#include "training/column_checks.h"

namespace ae {
namespace {

constexpr double kCollapsedNats = 0.1;
constexpr double kDistantNats = 0.5;  // of a latent: a standard deviation of 2.3 instead of 1
constexpr double kMaxDead = 0.1;
constexpr double kMaxSaturated = 0.5;
// A single epoch may be a transient at the start of training.
constexpr int64_t kEpochsInARow = 2;
constexpr int64_t kRisingEpochs = 3;
// A posterior often collapses at first, until the decoder has learned the data's mean: about 100
// updates with Adam at 0.001; more in longer training.
constexpr int64_t kUpdatesBeforeUse = 500;
constexpr double kFractionBeforeUse = 0.1;
// Fraction of the improvement since the first epoch. The loss of a converged model fluctuates by
// less, but will eventually rise three times in a row.
constexpr double kMinRise = 0.05;
// Of the rows' mean in their squares: the digits' is 0.55, of which centring leaves a third of the
// dead latents.
constexpr double kMaxMeanShare = 0.25;

/// A mean far from 0 gives every row the same few latents.
std::string centring_advice(const Trainer& trainer) {
  const std::string options = centring_remedy(trainer.experiment());
  if (options.empty()) return "";
  const Moments moments =
      moments_of(trainer.splits().train, trainer.splits().preprocessing.scaling);
  const double mean = moments.mean.square().sum().item<double>();
  const double share = mean / (mean + moments.variance);
  if (!(share > kMaxMeanShare)) return "";
  return fmt::format(
      "the rows' mean holds {:.0f} % of their squares and rules which latents are active: set {}, "
      "or subtract it before training",
      100 * share, options);
}

/// True if dead latents are being revived, which takes a while.
bool revives_latents(const Experiment& experiment) {
  return experiment.model.latent->auxiliary_weight() > 0 ||
         experiment.training.resample_dead.has_value();
}

std::string dead_remedy(const Experiment& experiment) {
  const ModelOptions& model = experiment.model;
  if (revives_latents(experiment)) {
    return fmt::format(
        "train for longer with a lower optimizer.learning_rate (now {:.4g}), or lower "
        "model.latent_dim",
        experiment.optimizer->learning_rate());
  }
  if (model.latent->is_k_sparse()) {
    return "set model.latent.auxiliary_k (half the input's width is usual)";
  }
  if (model.sparsity->is_active()) {
    std::string remedy =
        fmt::format("lower model.sparsity.weight (now {})", model.sparsity->weight());
    if (!model.sparsity.warm_up) remedy += ", or set model.sparsity.warm_up";
    return remedy;
  }
  return "lower optimizer.learning_rate or model.latent_dim, or take another "
         "model.latent.activation";
}

/// A penalty that outweighs the reconstruction is met by shifting the codes of all rows alike.
std::string capacity_remedy(const KlOptions& kl, const TrainingOptions& training) {
  std::string remedy;
  if (kl.weight > 1)
    remedy += fmt::format("lower objective.kl.weight (now {:.4g}) to 1, ", kl.weight);
  if (!kl.capacity->length) {
    remedy += fmt::format("set objective.kl.capacity.length (\"{}e\": all of training), ",
                          training.epochs);
  }
  return remedy + (remedy.empty() ? "" : "and ") +
         fmt::format("lower objective.kl.capacity.nats (now {:.4g})", kl.capacity->nats);
}

}  // namespace

Observer::Action TrainingDiagnostics::on_epoch(const Trainer& trainer,
                                               const EpochMetrics& metrics) {
  watch_dead_latents(trainer, metrics.train);
  if (metrics.validation) watch_saturation(trainer);
  if (!trainer.is_settled()) {
    // During a warm-up of the loss weights a collapse may be temporary.
    in_use_step_ = trainer.state().step;
    return Action::go_on;
  }
  watch_collapse(trainer, metrics.selection());
  if (metrics.validation) watch_prior(trainer);
  if (metrics.validation) watch_overfitting(trainer, metrics);
  return Action::go_on;
}

void TrainingDiagnostics::watch_collapse(const Trainer& trainer, const SplitMetrics& measured) {
  const auto& options = trainer.experiment().objective.kl;
  const std::optional<double> kl = measured.find("kl");
  if (!options || !kl) return;
  const std::optional<double> active = measured.find("active_units");
  const TrainingState& state = trainer.state();
  if (*kl >= kCollapsedNats && active != 0.0) {
    in_use_step_ = state.step;
    collapsed_epochs_ = 0;
    return;
  }
  ++collapsed_epochs_;
  const TrainingOptions& training = trainer.experiment().training;
  const int64_t planned = training.length(trainer.splits().train.count()).updates();
  const int64_t patience = std::max(
      kUpdatesBeforeUse, static_cast<int64_t>(kFractionBeforeUse * static_cast<double>(planned)));
  const bool ends = is_done(training, state) && collapsed_epochs_ >= kEpochsInARow;
  if (state.step - in_use_step_ < patience && !ends) return;
  const std::string units =
      active ? fmt::format(", {} of {} units active (variance of the posterior mean above 0.01)",
                           *active, trainer.experiment().model.latent_dim)
             : "";
  std::string remedy = fmt::format("lower objective.kl.weight (now {:.4g})", options->weight);
  if (!options->warm_up) remedy += ", set objective.kl.warm_up";
  if (options->free_bits == 0) remedy += ", set objective.kl.free_bits";
  remedy += ", or train for longer";
  warn_once(Problem::collapse,
            fmt::format("posterior collapse: the KL divergence from the prior is {:.3g} nats in "
                        "total{}; codes carry no information about their rows: {}",
                        *kl, units, remedy));
}

void TrainingDiagnostics::watch_prior(const Trainer& trainer) {
  const auto& kl = trainer.experiment().objective.kl;
  const LatentStatistics* latents = trainer.latents();
  if (!kl || latents == nullptr || !is_done(trainer.experiment().training, trainer.state())) return;
  // With a weight of a VAE's bound or more, only longer training brings them together.
  const ReconstructionPart& reconstruction = trainer.experiment().objective.reconstruction;
  const auto features = static_cast<double>(trainer.splits().preprocessing.width());
  const double terms = reconstruction->is_likelihood() ? 1 : features;
  if (!kl->capacity && kl->weight * terms >= reconstruction.weight) return;
  const at::Tensor distance = latents->aggregated_kl();
  if (!distance.defined()) return;
  const double nats = distance.mean().item<double>();
  if (nats < kDistantNats) return;
  const std::string remedy =
      kl->capacity ? capacity_remedy(*kl, trainer.experiment().training)
                   : fmt::format("raise objective.kl.weight (now {:.4g})", kl->weight);
  warn_once(Problem::distant_posterior,
            fmt::format("the codes of the rows are far from the prior (KL divergence of the "
                        "aggregated posterior {:.3g} nats a latent, 0 where they agree), so that "
                        "samples from the prior decode codes that no row has: {}",
                        nats, remedy));
}

void TrainingDiagnostics::watch_dead_latents(const Trainer& trainer, const SplitMetrics& train) {
  const std::optional<double> dead = train.find("dead");
  if (!dead) return;
  dead_epochs_ = *dead > kMaxDead ? dead_epochs_ + 1 : 0;
  if (dead_epochs_ < kEpochsInARow || warned_.contains(Problem::dead_latents)) return;
  const Experiment& experiment = trainer.experiment();
  if (revives_latents(experiment) && !is_done(experiment.training, trainer.state())) return;
  const std::string centring = centring_advice(trainer);
  const std::string remedy = dead_remedy(experiment);
  warn_once(Problem::dead_latents,
            fmt::format("{:.0f} % of {} latents are dead, inactive on every training row of the "
                        "epoch; dead latents rarely recover and reduce the model's capacity: {}{}",
                        100 * *dead, experiment.model.latent_dim,
                        centring.empty() ? "" : centring + "; and ", remedy));
}

void TrainingDiagnostics::watch_saturation(const Trainer& trainer) {
  const Saturation* saturation = trainer.saturation();
  if (saturation == nullptr) return;
  const double fraction = saturation->fraction();
  saturated_epochs_ = fraction > kMaxSaturated ? saturated_epochs_ + 1 : 0;
  if (saturated_epochs_ < kEpochsInARow) return;
  const Experiment& experiment = trainer.experiment();
  warn_once(Problem::saturation,
            fmt::format("{:.0f} % of the outputs are at a bound of "
                        "model.decoder.output_activation \"{}\" and far from the data; gradients "
                        "vanish there: lower optimizer.learning_rate (now {:.4g}), or leave "
                        "output_activation out and take a reconstruction from logits "
                        "(\"bernoulli\", \"bce\")",
                        100 * fraction, experiment.model.decoder.output_activation.type(),
                        experiment.optimizer->learning_rate()));
}

void TrainingDiagnostics::watch_overfitting(const Trainer& trainer, const EpochMetrics& metrics) {
  const Losses now{.train = metrics.train.loss(), .validation = metrics.validation->loss()};
  // Only trends are compared: noise and dropout raise the training loss above the validation loss.
  const bool diverging =
      before_ && now.validation > before_->validation && now.train < before_->train;
  rising_epochs_ = diverging ? rising_epochs_ + 1 : 0;
  if (!first_) first_ = now;
  before_ = now;
  const BestEpoch& best = trainer.state().best;
  const double rise = now.validation - best.loss;
  const double gain = first_->validation - best.loss;
  if (rising_epochs_ < kRisingEpochs || rise < kMinRise * gain) return;
  const bool stops = trainer.experiment().training.early_stopping.has_value();
  warn_once(Problem::overfitting,
            fmt::format(
                "overfitting: the validation loss has risen for {} epochs in a row, to {:.5g} from "
                "{:.5g} in epoch {}, while the training loss fell; {}use more training rows, "
                "narrower or fewer layers, or dropout (model.encoder.dropout)",
                kRisingEpochs, now.validation, best.loss, best.epoch,
                stops ? "" : "set training.early_stopping, "));
}

void TrainingDiagnostics::warn_once(Problem problem, const std::string& text) {
  if (warned_.insert(problem).second) warn_(text);
}

}  // namespace ae
