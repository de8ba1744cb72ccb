#include "models/options.h"

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

}  // namespace ae
