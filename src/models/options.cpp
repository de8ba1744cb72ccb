#include "models/options.h"

#include "core/error.h"

namespace ae {
namespace {

constexpr ModelKind kKinds[] = {
    {"autoencoder", "a deterministic code", R"({})"},
    {"sparse", "a ReLU code under an L1 penalty",
     R"({"model": {"latent": {"type": "deterministic", "activation": "relu"},
                   "sparsity": {"type": "l1"}}})"},
    {"denoising", "a corrupted input, a clean target", R"({"corruption": {"type": "gaussian"}})"},
    {"vae", "a Gaussian posterior and its KL divergence from the prior",
     R"({"model": {"latent": {"type": "gaussian"}}, "objective": {"kl": {"weight": 1}}})"},
};

std::vector<std::string> kind_names() {
  std::vector<std::string> names;
  for (const ModelKind& kind : kKinds) names.emplace_back(kind.name);
  return names;
}

std::string bounds_text(const Activation::Bounds& bounds) {
  return fmt::format("[{}, {}]", bounds.low, bounds.high);
}

/// What `kind` promises and explicit keys may have taken away.
void check_kind(const ModelOptions& model, const Part<Corruption>& corruption,
                const std::string& config) {
  if (model.kind == "vae" && !model.latent->has_prior()) {
    throw usage_error(
        "{}: model.kind \"vae\" contradicts model.latent \"{}\"; a VAE's latent is \"gaussian\" "
        "(drop model.latent, or take kind \"autoencoder\")",
        config, model.latent.type());
  }
  if (model.kind == "sparse" && !model.sparsity->is_active()) {
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

}  // namespace

std::span<const ModelKind> model_kinds() { return kKinds; }

ModelOptions::ModelOptions() { decoder.adopt(encoder.type(), encoder->mirrored()); }

void DecoderPart::visit_shared(OptionVisitor& visitor) {
  visitor.part("output_activation", output_activation,
               "What the decoder's output passes last. bce and bernoulli are computed from "
               "logits and bring their own sigmoid.");
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
  visitor.part("sparsity", sparsity, "Penalty on the code.");
  visitor.part("initialization", initialization, "How weights begin.");
  visitor.option("tied", tied,
                 "The decoder's weights are the encoder's, transposed; its biases are its own.");
}

void ReconstructionPart::visit_shared(OptionVisitor& visitor) {
  visitor.option("weight", weight, at_least(0), "Factor of this term in the loss.");
}

void KlOptions::visit(OptionVisitor& visitor) {
  visitor.option("weight", weight, at_least(0),
                 "Factor of the KL divergence in the loss: 1 for a VAE, another for a beta-VAE.");
}

void ObjectiveOptions::visit(OptionVisitor& visitor) {
  visitor.part("reconstruction", reconstruction,
               "What the decoder's output means, and so how its distance from the data is "
               "measured. Mean over samples.");
  visitor.group("kl", kl,
                "KL divergence of the posterior from the prior, in nats, summed over latents, "
                "mean over samples; needs a Gaussian latent.");
}

void check_model(const ModelOptions& model, const ObjectiveOptions& objective,
                 const Part<Corruption>& corruption, const std::string& config) {
  check_kind(model, corruption, config);
  check_sparsity(model, config);
  if (objective.kl && !model.latent->has_prior()) {
    throw usage_error(
        "{}: objective.kl contradicts model.latent \"{}\"; a KL divergence needs latent "
        "\"gaussian\" (kind \"vae\")",
        config, model.latent.type());
  }
  const std::string& output = model.decoder.output_activation.type();
  if (objective.reconstruction->takes_logits() && output != "identity" && output != "sigmoid") {
    throw usage_error(
        "{}: model.decoder.output_activation \"{}\" contradicts objective.reconstruction \"{}\", "
        "which is computed from logits; leave output_activation out",
        config, output, objective.reconstruction.type());
  }
}

}  // namespace ae
