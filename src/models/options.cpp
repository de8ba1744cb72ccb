#include "models/options.h"

#include "core/error.h"

namespace ae {
namespace {

constexpr ModelKind kKinds[] = {
    {"autoencoder", "a deterministic code", R"({})"},
    {"sparse", "a ReLU code under an L1 penalty",
     R"({"model": {"latent": {"type": "deterministic", "activation": "relu"}}})"},
    {"denoising", "a corrupted input, a clean target", R"({"corruption": {"type": "gaussian"}})"},
    {"vae", "a Gaussian posterior and its KL divergence from the prior",
     R"({"model": {"latent": {"type": "gaussian"}}, "objective": {"kl": {"weight": 1}}})"},
};

std::vector<std::string> kind_names() {
  std::vector<std::string> names;
  for (const ModelKind& kind : kKinds) names.emplace_back(kind.name);
  return names;
}

/// The penalty that makes a sparse autoencoder of a latent.
const char* usual_sparsity(const LatentSpec& latent) {
  return latent.chooses() ? "none" : latent.counts_active() ? "l0" : "l1";
}

std::string bounds_text(const Activation::Bounds& bounds) {
  return fmt::format("[{}, {}]", bounds.low, bounds.high);
}

/// What `kind` promises and explicit keys may have taken away.
void check_kind(const ModelOptions& model, const CorruptionPart& corruption,
                const std::string& config) {
  if (model.kind == "vae" && !model.latent->has_prior()) {
    throw usage_error(
        "{}: model.kind \"vae\" contradicts model.latent \"{}\"; a VAE's latent is \"gaussian\" "
        "(drop model.latent, or take kind \"autoencoder\")",
        config, model.latent.type());
  }
  if (model.kind == "sparse" && !model.sparsity->is_active() && !model.latent->chooses()) {
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
        "{}: model.sparsity \"{}\" needs latent \"jump_relu\", whose thresholds it can move; "
        "model.latent is \"{}\"",
        config, model.sparsity.type(), model.latent.type());
  }
  if (model.latent->chooses()) {
    throw usage_error(
        "{}: model.sparsity \"{}\" contradicts model.latent \"{}\", which fixes how many latents "
        "are active; take sparsity \"none\"",
        config, model.sparsity.type(), model.latent.type());
  }
  if (model.latent->has_prior()) {
    throw usage_error(
        "{}: model.sparsity \"{}\" contradicts model.latent \"{}\"; the prior already says how "
        "codes are spread: take latent \"deterministic\", or sparsity \"none\"",
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

/// What belongs to a VAE alone.
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
        "{}: {} contradicts model.latent \"{}\"; it needs a posterior to draw from, latent "
        "\"gaussian\" (kind \"vae\")",
        config, given, model.latent.type());
  }
}

/// Options that ask for a certain form of the network.
void check_structure(const ModelOptions& model, const ObjectiveOptions& objective,
                     const std::string& config) {
  const auto refuse = [&](const char* option, const std::string& other, const char* why) {
    throw usage_error("{}: {} contradicts {}; {}", config, option, other, why);
  };
  const std::string& output = model.decoder.output_activation.type();
  if (model.tied && model.latent->chooses()) {
    refuse("model.tied", "model.latent \"" + model.latent.type() + "\"",
           "a sparse code needs weights of its own; take decoder_from_encoder");
  }
  if (model.tied && model.conditional) {
    refuse("model.tied", "model.conditional", "the label makes the two differ in size");
  }
  if (model.tied && model.decoder_from_encoder) {
    refuse("model.tied", "model.decoder_from_encoder", "take one of them");
  }
  if (model.decoder_from_encoder && model.conditional) {
    refuse("model.decoder_from_encoder", "model.conditional",
           "the label makes the two differ in size");
  }
  if (model.pre_encoder_bias && (output != "identity" || objective.reconstruction->has_link())) {
    refuse("model.pre_encoder_bias",
           output != "identity"
               ? "model.decoder.output_activation \"" + output + "\""
               : "objective.reconstruction \"" + objective.reconstruction.type() + "\"",
           "the output bias must be in the data's units: take \"mse\", and no output_activation");
  }
  const bool plain_decoder = model.decoder.type() == "linear" && output == "identity" &&
                             !objective.reconstruction->has_link();
  if (model.latent->auxiliary_weight() > 0 && !plain_decoder) {
    throw usage_error(
        "{}: model.latent.auxiliary_k needs decoder \"linear\" with its output in the data's units "
        "(no output_activation, reconstruction \"mse\"), so that latents add up; set auxiliary_k "
        "to 0 otherwise",
        config);
  }
}

}  // namespace

std::span<const ModelKind> model_kinds() { return kKinds; }

ModelOptions::ModelOptions() { decoder.adopt(encoder.type(), encoder->mirrored()); }

void DecoderPart::visit_shared(OptionVisitor& visitor) {
  visitor.part("output_activation", output_activation,
               "What the decoder's output passes last. bce, bernoulli and continuous_bernoulli "
               "are computed from logits, poisson and negative_binomial from logarithms: they "
               "bring their own.");
}

void ModelOptions::visit(OptionVisitor& visitor) {
  static const std::vector<std::string> kNames = kind_names();
  visitor.choice("kind", kind, kNames,
                 "Sets the defaults of the parts: autoencoder (a deterministic code), sparse (a "
                 "ReLU code under L1), denoising (Gaussian corruption), vae (a Gaussian latent "
                 "and its KL). Parts that are given win.");
  visitor.part("encoder", encoder, "From a row of data to features.");
  if (visitor.reading()) decoder.adopt(encoder.type(), encoder->mirrored());
  visitor.part("decoder", decoder,
               "From a code to a row of data; the encoder's mirror image unless given.");
  visitor.part("latent", latent, "From features to a code.");
  visitor.required("latent_dim", latent_dim, between(1, 65536), "Width of the code.");
  if (visitor.reading() && kind == "sparse") sparsity.select(usual_sparsity(*latent));
  visitor.part("sparsity", sparsity,
               "Penalty on the code; of kind \"sparse\" l1, with latent \"jump_relu\" l0, and none "
               "with \"top_k\", which needs none.");
  visitor.part("initialization", initialization, "How weights begin.");
  visitor.option("tied", tied,
                 "The decoder's weights are the encoder's, transposed; its biases are its own.");
  visitor.option("decoder_from_encoder", decoder_from_encoder,
                 "The decoder's weights begin as the encoder's, transposed, and go their own way.");
  visitor.option("unit_norm_decoder", unit_norm_decoder,
                 "The decoder's weights for each latent keep length 1, so that penalties on the "
                 "code cannot be evaded by small codes and large weights.");
  visitor.option("pre_encoder_bias", pre_encoder_bias,
                 "The decoder's output bias is subtracted from the encoder's input.");
  visitor.option("output_bias_from_data", output_bias_from_data,
                 "The decoder's output bias begins where the output is the training rows' mean.");
  visitor.option("conditional", conditional,
                 "Encoder and decoder are given each row's label beside it (data.train.labels).");
}

void SparsityPart::visit_shared(OptionVisitor& visitor) {
  if (type_ == "none") return;
  Interval::declare_length(visitor, "warm_up", warm_up,
                           "The weight grows from 0 for so long: latents are found before they are "
                           "paid for. The best checkpoint and early stopping wait for its end.");
}

void ReconstructionPart::visit_shared(OptionVisitor& visitor) {
  visitor.option("weight", weight, at_least(0), "Factor of this term in the loss.");
}

void KlCapacity::visit(OptionVisitor& visitor) {
  visitor.option("nats", nats, at_least(0), "KL, summed over latents, to be drawn to.");
  Interval::declare_length(visitor, "length", length,
                           "How long it takes to get there from 0; at once without.");
}

void KlOptions::visit(OptionVisitor& visitor) {
  visitor.option("weight", weight, at_least(0),
                 "Factor of the KL divergence in the loss: 1 for a VAE, another for a beta-VAE.");
  visitor.option("free_bits", free_bits, at_least(0),
                 "Nats that the KL of each latent, mean over a batch, has for nothing.");
  visitor.group("capacity", capacity,
                "Draws the KL to a number of nats instead of to 0: the loss takes its distance "
                "from there.");
  visitor.group("warm_up", warm_up,
                "Lets the weight grow from 0, so that the code is used before it is paid for. The "
                "best checkpoint and early stopping wait for its end.");
}

void ObjectiveOptions::visit(OptionVisitor& visitor) {
  visitor.part("reconstruction", reconstruction,
               "What the decoder's output means, and so how its distance from the data is "
               "measured. Mean over samples.");
  visitor.group("kl", kl,
                "KL divergence of the posterior from the prior, in nats, summed over latents, "
                "mean over samples; needs a Gaussian latent.");
  static const std::vector<std::string> kBounds = {"elbo", "iwae"};
  visitor.choice("bound", bound, kBounds,
                 "Bound on a VAE's log-likelihood: elbo, or iwae (importance-weighted, tighter "
                 "with more posterior_samples).");
  visitor.option("posterior_samples", posterior_samples, between(1, 65536),
                 "Draws from the posterior for each row in training and validation.");
  visitor.option("contractive_weight", contractive_weight, at_least(0),
                 "Factor of the squared norm of the code's derivative by the input (contractive "
                 "autoencoder); costs a pass for each latent unless one sigmoid or tanh layer "
                 "makes the code.");
}

void check_model(const ModelOptions& model, const ObjectiveOptions& objective,
                 const CorruptionPart& corruption, const std::string& config) {
  check_kind(model, corruption, config);
  check_sparsity(model, config);
  check_variational(model, objective, config);
  check_structure(model, objective, config);
  const std::string& output = model.decoder.output_activation.type();
  // A sigmoid is what logits pass in any case; an exponential is nothing like it.
  const bool from_logits = objective.reconstruction->domain().high == 1;
  if (objective.reconstruction->has_link() && output != "identity" &&
      !(from_logits && output == "sigmoid")) {
    throw usage_error(
        "{}: model.decoder.output_activation \"{}\" contradicts objective.reconstruction \"{}\", "
        "which is computed from {}; leave output_activation out",
        config, output, objective.reconstruction.type(),
        from_logits ? "logits" : "logarithms of the mean");
  }
}

}  // namespace ae
