#include "core/error.h"
#include "models/options.h"

namespace ae {
namespace {

std::string bounds_text(const Activation::Bounds& bounds) {
  return fmt::format("[{}, {}]", bounds.low, bounds.high);
}

/// Explicit keys must not contradict `kind`.
void check_kind(const ModelOptions& model, const CorruptionPart& corruption,
                const std::string& config) {
  if (model.kind == "vae" && !model.latent->has_prior()) {
    throw usage_error(
        "{}: model.kind \"vae\" contradicts model.latent \"{}\"; a VAE's latent is \"gaussian\" "
        "(drop model.latent, or take kind \"autoencoder\")",
        config, model.latent.type());
  }
  if (model.kind == "sparse" && !model.sparsity->is_active() && !model.latent->is_k_sparse()) {
    throw usage_error(
        "{}: model.kind \"sparse\" contradicts model.sparsity \"none\"; give a sparsity, or take "
        "kind \"autoencoder\"",
        config);
  }
  if (model.kind == "denoising" && !corruption->is_active()) {
    throw usage_error(
        "{}: model.kind \"denoising\" contradicts corruption \"none\"; give a corruption, or take "
        "kind \"autoencoder\"",
        config);
  }
}

void check_sparsity(const ModelOptions& model, const std::string& config) {
  if (!model.sparsity->is_active()) return;
  if (model.sparsity->counts_active() && !model.latent->counts_active()) {
    throw usage_error(
        "{}: model.sparsity \"{}\" needs latent \"jump_relu\", whose thresholds it trains; "
        "model.latent is \"{}\"",
        config, model.sparsity.type(), model.latent.type());
  }
  if (model.latent->is_k_sparse()) {
    throw usage_error(
        "{}: model.sparsity \"{}\" contradicts model.latent \"{}\", which fixes the number of "
        "active "
        "latents; take sparsity \"none\"",
        config, model.sparsity.type(), model.latent.type());
  }
  if (model.latent->has_prior()) {
    throw usage_error(
        "{}: model.sparsity \"{}\" contradicts model.latent \"{}\", whose prior already "
        "regularises "
        "the code; take latent \"deterministic\", or sparsity \"none\"",
        config, model.sparsity.type(), model.latent.type());
  }
  const Activation::Bounds needed = model.sparsity->code_bounds();
  const Activation::Bounds given = model.latent->code_bounds();
  if (given.low < needed.low || given.high > needed.high) {
    throw usage_error(
        "{}: model.sparsity \"{}\" needs codes in {}, but model.latent gives codes in {}; set "
        "model.latent to {{\"activation\": \"sigmoid\"}}",
        config, model.sparsity.type(), bounds_text(needed), bounds_text(given));
  }
}

/// Options that need a VAE.
void check_variational(const ModelOptions& model, const ObjectiveOptions& objective,
                       const std::string& config) {
  if (model.latent->has_prior()) {
    if (objective.bound != "iwae") return;
    if (!objective.reconstruction->is_likelihood()) {
      throw usage_error(
          "{}: objective.bound \"iwae\" needs a log-likelihood; objective.reconstruction is "
          "\"{}\", a {}: take \"bernoulli\" or \"gaussian\"",
          config, objective.reconstruction.type(), objective.reconstruction->unit());
    }
    if (!objective.kl) {
      throw usage_error(
          "{}: objective.bound \"iwae\" contradicts objective.kl = null: without the prior there "
          "is no bound; leave kl out, or take bound \"elbo\"",
          config);
    }
    if (objective.kl->free_bits > 0 || objective.kl->capacity) {
      throw usage_error(
          "{}: objective.bound \"iwae\" contradicts objective.kl's free_bits and capacity, which "
          "belong to the KL of the \"elbo\"",
          config);
    }
    return;
  }
  const char* given = objective.kl                       ? "objective.kl"
                      : objective.bound != "elbo"        ? "objective.bound"
                      : objective.posterior_samples != 1 ? "objective.posterior_samples"
                                                         : nullptr;
  if (given != nullptr) {
    throw usage_error(
        "{}: {} contradicts model.latent \"{}\"; it needs a posterior to sample from: latent "
        "\"gaussian\" (kind \"vae\")",
        config, given, model.latent.type());
  }
}

/// Options that constrain the architecture.
void check_structure(const ModelOptions& model, const ObjectiveOptions& objective,
                     const std::string& config) {
  const auto refuse = [&](const char* option, const std::string& other, const char* why) {
    throw usage_error("{}: {} contradicts {}; {}", config, option, other, why);
  };
  const std::string& output = model.decoder.output_activation.type();
  if (model.tied && model.latent->is_k_sparse()) {
    refuse("model.tied", "model.latent \"" + model.latent.type() + "\"",
           "a sparse code needs a decoder with its own weights; take decoder_from_encoder");
  }
  if (model.tied && model.conditional) {
    refuse("model.tied", "model.conditional", "the label makes the weights differ in shape");
  }
  if (model.tied && model.decoder_from_encoder) {
    refuse("model.tied", "model.decoder_from_encoder", "take one of them");
  }
  if (model.decoder_from_encoder && model.conditional) {
    refuse("model.decoder_from_encoder", "model.conditional",
           "the label makes the weights differ in shape");
  }
  if (model.pre_encoder_bias && (output != "identity" || objective.reconstruction->has_link())) {
    refuse("model.pre_encoder_bias",
           output != "identity"
               ? "model.decoder.output_activation \"" + output + "\""
               : "objective.reconstruction \"" + objective.reconstruction.type() + "\"",
           "the output bias must be in the data's units: take \"mse\", and no output_activation");
  }
  if (model.pre_encoder_bias && model.input_transform != "none") {
    refuse("model.pre_encoder_bias", "model.input_transform \"" + model.input_transform + "\"",
           "the output bias must be in the units of the encoder's input; set one of them to its "
           "default");
  }
  const bool plain_decoder = model.decoder.type() == "linear" && output == "identity" &&
                             !objective.reconstruction->has_link();
  if (model.latent->auxiliary_weight() > 0 && !plain_decoder) {
    throw usage_error(
        "{}: model.latent.auxiliary_k needs decoder \"linear\" with its output in the data's units "
        "(no output_activation, reconstruction \"mse\"), so that latents contribute additively; "
        "set "
        "auxiliary_k to 0 otherwise",
        config);
  }
}

/// What `freeze` excludes.
void check_freeze(const ModelOptions& model, const std::string& config) {
  const auto refuse = [&](const std::string& parts, const std::string& why) {
    throw usage_error("{}: model.freeze {}{}", config, parts, why);
  };
  if (model.freezes("encoder") && model.freezes("latent") && model.freezes("decoder")) {
    refuse("[\"encoder\", \"latent\", \"decoder\"]",
           " leaves nothing to train; leave one of them out");
  }
  if (!model.freezes("decoder")) return;
  if (model.tied) {
    refuse("\"decoder\"",
           " contradicts model.tied: its weights are the encoder's; freeze \"encoder\" and "
           "\"latent\", or set tied to false");
  }
  if (model.unit_norm_decoder) {
    refuse("\"decoder\"",
           " contradicts model.unit_norm_decoder: frozen weights keep the norm that they have; set "
           "unit_norm_decoder to false");
  }
}

/// Losses of columns beside the loss of the others.
void check_column_losses(const ModelOptions& model, const ReconstructionPart& reconstruction,
                         const std::string& config) {
  if (!reconstruction.by_column) return;
  const char* option = "objective.reconstruction.by_column";
  if (reconstruction.by_column->empty()) {
    throw usage_error("{}: {} is empty; name columns and their loss, or leave it out", config,
                      option);
  }
  if (reconstruction->couples_features()) {
    throw usage_error(
        "{}: {} contradicts objective.reconstruction \"{}\", which is of all columns together; "
        "name its columns in by_column too",
        config, option, reconstruction.type());
  }
  for (const ColumnReconstructionPart& own : *reconstruction.by_column) {
    if (own.columns.empty()) {
      throw usage_error(
          "{}: {} \"{}\" names no columns; expected \"columns\", such as [\"visits\"]", config,
          option, own.type());
    }
    if (own->is_likelihood() != reconstruction->is_likelihood()) {
      throw usage_error(
          "{}: {} \"{}\" ({}) does not add up with objective.reconstruction \"{}\" ({}); take "
          "\"gaussian\" in place of \"mse\" and \"bernoulli\" in place of \"bce\"",
          config, option, own.type(), own->unit(), reconstruction.type(), reconstruction->unit());
    }
    if (!own->has_link()) continue;
    const std::string& output = model.decoder.output_activation.type();
    if (output != "identity" || model.pre_encoder_bias) {
      throw usage_error(
          "{}: {} \"{}\", whose outputs are no data but logits or logarithms, contradicts {}; "
          "leave "
          "that out",
          config, option, own.type(),
          output != "identity" ? "model.decoder.output_activation \"" + output + "\""
                               : "model.pre_encoder_bias");
    }
  }
}

/// A reconstruction with an inverse link function excludes an output activation.
void check_link(const ModelOptions& model, const ObjectiveOptions& objective,
                const std::string& config) {
  const std::string& output = model.decoder.output_activation.type();
  // An explicit sigmoid is accepted where the reconstruction applies one itself.
  const bool from_logits = objective.reconstruction->domain().high == 1;
  if (objective.reconstruction->has_link() && output != "identity" &&
      !(from_logits && output == "sigmoid")) {
    throw usage_error(
        "{}: model.decoder.output_activation \"{}\" contradicts objective.reconstruction \"{}\", "
        "which is computed from {}; leave output_activation out",
        config, output, objective.reconstruction.type(),
        from_logits                                    ? "logits"
        : objective.reconstruction->couples_features() ? "logits of all features together"
                                                       : "logarithms of the mean");
  }
}

}  // namespace

void check_model(const ModelOptions& model, const ObjectiveOptions& objective,
                 const CorruptionPart& corruption, const std::string& config) {
  check_kind(model, corruption, config);
  check_sparsity(model, config);
  check_variational(model, objective, config);
  check_structure(model, objective, config);
  check_link(model, objective, config);
  check_column_losses(model, objective.reconstruction, config);
  check_freeze(model, config);
}

}  // namespace ae
