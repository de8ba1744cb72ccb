#include "training/preflight_checks.h"

#include <ATen/TensorOperators.h>

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "data/resident_rows.h"
#include "models/networks/sequence.h"
#include "training/column_checks.h"

namespace ae {
namespace {

constexpr int64_t kSampledRows = 1000;
constexpr int64_t kSampledValues = 1 << 22;
/// Largest effective beta that is not reported: beta-VAEs use a beta of up to about 10.
constexpr double kUsualBeta = 10;
/// Scaled values between these count as grey: a tenth of MNIST's.
constexpr double kBlack = 0.05;
constexpr double kWhite = 0.95;
constexpr double kMaxGrey = 1.0 / 3;
constexpr double kMaxOutside = 0.01;

/// Scaled training rows, evenly spaced over the set. [n, D]
at::Tensor sampled_rows(const Splits& splits) {
  const RowSet train = targets_of(splits.train);
  const Preprocessing& preprocessing = splits.preprocessing.output();
  const int64_t most =
      std::max<int64_t>(1, kSampledValues / std::max<int64_t>(1, preprocessing.width()));
  const int64_t count = std::min({train.count(), kSampledRows, most});
  std::vector<int64_t> rows;
  rows.reserve(static_cast<size_t>(count));
  for (int64_t i = 0; i < count; ++i) {
    rows.push_back(train.rows[static_cast<size_t>(i * train.count() / count)]);
  }
  return ResidentRows(*train.data, preprocessing.scaling, at::kCPU).gather(rows);
}

double fraction_true(const at::Tensor& values) {
  return values.to(at::kDouble).mean().item<double>();
}

bool is_bounded(const Activation::Bounds& bounds) {
  return std::isfinite(bounds.low) || std::isfinite(bounds.high);
}

std::string bounds_text(const Activation::Bounds& bounds) {
  if (!std::isfinite(bounds.high)) return fmt::format("at or above {}", bounds.low);
  if (!std::isfinite(bounds.low)) return fmt::format("at or below {}", bounds.high);
  return fmt::format("within [{}, {}]", bounds.low, bounds.high);
}

/// True if anything beside the layers' widths limits the information in the code.
bool is_regularized(const Experiment& experiment, const std::vector<LayerSummary>& layers) {
  const ModelOptions& model = experiment.model;
  const ObjectiveOptions& objective = experiment.objective;
  const bool penalized = model.sparsity->is_active() && model.sparsity->weight() > 0;
  const bool has_kl_penalty = objective.kl && objective.kl->weight > 0;
  const bool drops_out = std::any_of(layers.begin(), layers.end(),
                                     [](const auto& layer) { return layer.kind == "dropout"; });
  return penalized || has_kl_penalty || drops_out || model.latent->is_k_sparse() ||
         model.latent->counts_active() || experiment.corruption->is_active() ||
         objective.contractive_weight > 0;
}

/// Source: Goodfellow, Bengio & Courville 2016, "Deep Learning", section 14.2.
void check_copying(const Experiment& experiment, int64_t features, const Autoencoder& model,
                   PreflightReport& preflight) {
  const std::vector<LayerSummary> layers = model.describe();
  int64_t narrowest = model.latent_dim();
  for (const LayerSummary& layer : layers) {
    if (layer.name.starts_with("encoder") || layer.name.starts_with("decoder")) {
      narrowest = std::min(narrowest, values_of(layer.output));
    }
  }
  if (narrowest < features || is_regularized(experiment, layers) || model.has_own_target()) return;
  preflight.warnings.push_back(fmt::format(
      "model.latent_dim = {} is not less than the {} values of a row, and nothing else regularises "
      "the code, so that the model can learn to copy: take a smaller latent_dim, or a "
      "model.sparsity, a corruption, or latent \"top_k\"",
      model.latent_dim(), features));
}

void check_prior(const Experiment& experiment, PreflightReport& preflight) {
  const LatentSpec& latent = *experiment.model.latent;
  if (!latent.has_prior() || !is_bounded(latent.code_bounds())) return;
  preflight.warnings.push_back(
      fmt::format("model.latent.activation keeps posterior means {}, but the prior is an unbounded "
                  "normal distribution around 0, so that samples from it decode codes rarely seen "
                  "in training: set model.latent.activation to \"identity\"",
                  bounds_text(latent.code_bounds())));
}

/// With a mean over D features instead of a sum, the effective beta is D times the KL weight.
void check_kl_scale(const Experiment& experiment, int64_t features, PreflightReport& preflight) {
  const ReconstructionPart& reconstruction = experiment.objective.reconstruction;
  const auto& kl = experiment.objective.kl;
  // A KL capacity needs a large weight.
  if (!kl || kl->capacity || reconstruction->is_likelihood() || reconstruction.weight <= 0) return;
  const double beta = kl->weight * static_cast<double>(features) / reconstruction.weight;
  if (beta <= kUsualBeta) return;
  preflight.warnings.push_back(fmt::format(
      "objective.reconstruction \"{}\" is a mean over {} features and the KL divergence a sum, so "
      "that objective.kl.weight = {:.4g} weighs {:.4g} times as much as with a likelihood, and the "
      "posterior may collapse: take \"bernoulli\" or \"gaussian\", or set objective.kl.weight to "
      "{:.3g}",
      reconstruction.type(), features, kl->weight,
      static_cast<double>(features) / reconstruction.weight,
      reconstruction.weight / static_cast<double>(features)));
}

void check_l1(const ModelOptions& model, PreflightReport& preflight) {
  if (model.sparsity.type() != "l1" || model.sparsity->weight() <= 0) return;
  if (!model.latent->is_sparse()) {
    preflight.warnings.emplace_back(
        "model.sparsity \"l1\" makes this code small but never exactly 0, as its activation has no "
        "zero region: set model.latent to {\"activation\": \"relu\"}");
  }
  // Source: Bricken et al. 2023, "Towards Monosemanticity"; Olshausen & Field 1996. Tied weights
  // shrink together, and a bounded code has a fixed scale.
  if (!model.tied && !model.unit_norm_decoder && !std::isfinite(model.latent->code_bounds().high)) {
    preflight.notes.emplace_back(
        "model.sparsity \"l1\" can be evaded by small codes and large decoder weights; "
        "model.unit_norm_decoder = true prevents it");
  }
}

void check_outputs(const Experiment& experiment, const at::Tensor& rows,
                   PreflightReport& preflight) {
  const auto& output = experiment.model.decoder.output_activation;
  const Activation::Bounds bounds = output->bounds();
  if (experiment.objective.reconstruction->has_link() || !is_bounded(bounds)) return;
  const double outside = fraction_true(rows.lt(bounds.low).logical_or(rows.gt(bounds.high)));
  if (outside <= kMaxOutside) return;
  preflight.warnings.push_back(fmt::format(
      "model.decoder.output_activation \"{}\" gives values {}, but {:.0f} % of the data's values "
      "(after scaling) lie outside and cannot be reconstructed: leave output_activation out, or "
      "rescale the data with data.scale",
      output.type(), bounds_text(bounds), 100 * outside));
}

void check_frozen(const ModelOptions& options, const Autoencoder& model,
                  PreflightReport& preflight) {
  for (const std::string& part : options.freeze) {
    const auto parameters = model.named_parameters();
    const bool has_weights =
        std::any_of(parameters.begin(), parameters.end(),
                    [&](const auto& item) { return item.key().starts_with(part + "."); });
    if (!has_weights) {
      preflight.warnings.push_back(
          fmt::format("model.freeze \"{0}\" has no effect: this {0} has no weights; those of a "
                      "linear encoder are the latent's",
                      part));
    } else if (options.initial_weights.empty()) {
      preflight.warnings.push_back(
          fmt::format("model.freeze \"{}\" without model.initial_weights: its random weights are "
                      "never trained",
                      part));
    }
  }
}

/// Source: Loaiza-Ganem & Cunningham 2019 (arXiv:1907.06845).
void check_grey(const Experiment& experiment, const at::Tensor& rows, PreflightReport& preflight) {
  if (experiment.objective.reconstruction.type() != "bernoulli") return;
  const double grey = fraction_true(rows.gt(kBlack).logical_and(rows.lt(kWhite)));
  if (grey <= kMaxGrey) return;
  preflight.notes.push_back(fmt::format(
      "{:.0f} % of the data's values lie between 0 and 1, for which \"bernoulli\" is not a "
      "likelihood: its loss is not comparable with other likelihoods or with binary data; take "
      "\"continuous_bernoulli\" or \"gaussian\" for a density",
      100 * grey));
}

}  // namespace

PreflightReport preflight_checks(const Experiment& experiment, const Splits& splits,
                                 const Autoencoder& model) {
  const int64_t features = splits.preprocessing.width();
  // A likelihood of counts or of probabilities has a scale of its own.
  const ReconstructionSpec::Domain domain = experiment.objective.reconstruction->domain();
  PreflightReport preflight;
  preflight.warnings = column_warnings(splits, {.sums_squared_units = !std::isfinite(domain.low),
                                                .centring = centring_remedy(experiment)});
  check_copying(experiment, features, model, preflight);
  check_prior(experiment, preflight);
  check_kl_scale(experiment, features, preflight);
  check_l1(experiment.model, preflight);
  check_frozen(experiment.model, model, preflight);
  const at::Tensor rows = sampled_rows(splits);
  check_outputs(experiment, rows, preflight);
  check_grey(experiment, rows, preflight);
  if (!splits.validation) {
    preflight.notes.emplace_back(
        "no validation rows (data.validation): the best checkpoint is selected by training loss");
  }
  return preflight;
}

}  // namespace ae
