#include "models/options.h"

#include <algorithm>

namespace ae {
namespace {

constexpr ModelKind kKinds[] = {
    {"autoencoder", "a deterministic code", R"({})"},
    {"sparse", "a ReLU code with an L1 penalty",
     R"({"model": {"latent": {"type": "deterministic", "activation": "relu"}}})"},
    {"denoising", "a corrupted input, a clean target", R"({"corruption": {"type": "gaussian"}})"},
    {"vae", "a Gaussian posterior, with its KL divergence from the prior in the loss",
     R"({"model": {"latent": {"type": "gaussian"}}, "objective": {"kl": {"weight": 1}}})"},
};

std::vector<std::string> kind_names() {
  std::vector<std::string> names;
  for (const ModelKind& kind : kKinds) names.emplace_back(kind.name);
  return names;
}

/// Default penalty of kind "sparse".
const char* default_sparsity(const LatentSpec& latent) {
  return latent.is_k_sparse() ? "none" : latent.counts_active() ? "l0" : "l1";
}

}  // namespace

std::span<const ModelKind> model_kinds() { return kKinds; }

ModelOptions::ModelOptions() { decoder.adopt(encoder.type(), encoder->mirrored()); }

bool ModelOptions::freezes(const std::string& part) const {
  return std::find(freeze.begin(), freeze.end(), part) != freeze.end();
}

void DecoderPart::visit_shared(const std::string& /*type*/, OptionVisitor& visitor) {
  visitor.part("output_activation", output_activation,
               "Activation of the decoder's output. Leave it \"identity\" for bce, bernoulli and "
               "continuous_bernoulli and multinomial, which take logits, and for poisson and "
               "negative_binomial, which take the log of the mean.");
}

void ModelOptions::visit(OptionVisitor& visitor) {
  static const std::vector<std::string> kNames = kind_names();
  visitor.choice("kind", kind, kNames,
                 "Preset of defaults: autoencoder (deterministic code), sparse (ReLU code with an "
                 "L1 penalty), denoising (Gaussian corruption), vae (Gaussian latent with a KL "
                 "term). Options that are given override it.");
  visitor.part("encoder", encoder, "Encoder: maps a row of data to features.");
  if (visitor.reading()) decoder.adopt(encoder.type(), encoder->mirrored());
  visitor.part("decoder", decoder,
               "Decoder: maps a code to a row of data. Default: the encoder's layers in reverse.");
  visitor.part("latent", latent, "Latent layer: maps features to a code.");
  visitor.required("latent_dim", latent_dim, between(1, 65536),
                   "Number of latents (dimension of the code).");
  if (visitor.reading() && kind == "sparse") sparsity.select(default_sparsity(*latent));
  visitor.part(
      "sparsity", sparsity,
      "Sparsity penalty on the code (activity regulariser). Default of kind \"sparse\": l1; "
      "l0 with latent \"jump_relu\"; none with \"top_k\".");
  visitor.choice("input_transform", input_transform, input_transform_names(),
                 "Transform of the encoder's input; the target stays as it is. log1p, ln(1 + x) of "
                 "values of at least 0, is for counts, whose largest values would rule the "
                 "encoder; unit_norm divides each row by its Euclidean norm, so that only its "
                 "direction counts. Defaults: log1p with poisson and negative_binomial, unit_norm "
                 "with multinomial.");
  visitor.part("initialization", initialization, "Weight initialisation.");
  visitor.option("tied", tied,
                 "Tied weights: the decoder uses the encoder's weights, transposed, with biases of "
                 "its own.");
  visitor.option("decoder_from_encoder", decoder_from_encoder,
                 "Initialise the decoder's weights as the encoder's, transposed; not tied "
                 "afterwards.");
  visitor.option("unit_norm_decoder", unit_norm_decoder,
                 "Normalise the decoder's weights of each latent to unit length after each update, "
                 "so that small codes with large weights cannot evade a penalty on the code.");
  visitor.option("pre_encoder_bias", pre_encoder_bias,
                 "Subtract the decoder's output bias from the encoder's input.");
  visitor.option(
      "output_bias_from_data", output_bias_from_data,
      "Initialise the decoder's output bias to the mean of the training rows, through the "
      "inverse of the output activation or of the likelihood's mean. Default with poisson, "
      "negative_binomial and multinomial: true.");
  visitor.option("conditional", conditional,
                 "Condition encoder and decoder on each row's label (data.train.labels), one-hot, "
                 "concatenated to their input.");
  visitor.option(
      "initial_weights", initial_weights,
      "Start from the weights of another run, with a new optimiser: a run directory (its "
      "best checkpoint, else the last) or a checkpoint. For another learning rate, other "
      "rows, another loss, or weights to freeze. A relative path is looked up in the "
      "working directory, then in the config's folder. Names and shapes of all weights "
      "must match but for those of the reconstruction loss. Read once: --resume does "
      "without it.");
  static const std::vector<std::string> kParts = {"encoder", "latent", "decoder"};
  visitor.choices(
      "freeze", freeze, kParts,
      "Parts whose weights stay as they are. Frozen encoders and decoders compute as in "
      "evaluation: without dropout, and with the running statistics of batch "
      "normalisation.");
}

void SparsityPart::visit_shared(const std::string& type, OptionVisitor& visitor) {
  if (type == "none") return;
  Interval::declare_length(visitor, "warm_up", warm_up,
                           "Length of a linear warm-up of the weight from 0. Best checkpoint and "
                           "early stopping only count epochs after it.");
}

void ColumnReconstructionPart::visit_shared(const std::string& /*type*/, OptionVisitor& visitor) {
  visitor.columns("columns", columns,
                  "Numeric columns with this loss, by their names, numbers from 1 or patterns "
                  "(\"visits_*\").");
}

void ReconstructionPart::visit_shared(const std::string& /*type*/, OptionVisitor& visitor) {
  visitor.option("weight", weight, at_least(0), "Weight of the reconstruction term in the loss.");
  visitor.list("by_column", by_column, ColumnReconstructionPart(),
               "all numeric columns have the same loss",
               "Numeric columns with a loss of their own, such as [{\"type\": \"poisson\", "
               "\"columns\": [\"visits\"]}]: means over features beside means, likelihoods beside "
               "likelihoods. Columns with poisson or negative_binomial enter the encoder as "
               "ln(1 + x). Columns whose loss has bounds are not standardised by default. Booleans "
               "have the Bernoulli likelihood, categories a softmax.");
}

bool ReconstructionPart::needs_mean() const {
  const auto needs = [](const ColumnReconstructionPart& part) { return part->needs_mean(); };
  return (*this)->needs_mean() || (by_column && std::ranges::any_of(*by_column, needs));
}

void KlCapacity::visit(OptionVisitor& visitor) {
  visitor.option("nats", nats, at_least(0), "Target KL in nats, summed over latents.");
  Interval::declare_length(visitor, "length", length,
                           "Length of a linear increase of the target from 0; null: constant.");
}

void KlOptions::visit(OptionVisitor& visitor) {
  visitor.option("weight", weight, at_least(0),
                 "KL weight (beta): 1 for a VAE, other values for a beta-VAE.");
  visitor.option("free_bits", free_bits, at_least(0),
                 "Free bits: KL per latent, in nats, mean over a batch, that is not penalised; "
                 "prevents early posterior collapse.");
  visitor.group(
      "capacity", capacity,
      "KL capacity: penalises the absolute difference between the KL and a target instead "
      "of the KL itself.");
  visitor.group("warm_up", warm_up,
                "KL warm-up (annealing): increases the KL weight from 0, against early posterior "
                "collapse. Best checkpoint and early stopping only count epochs after it.");
}

void ObjectiveOptions::visit(OptionVisitor& visitor) {
  visitor.part(
      "reconstruction", reconstruction,
      "Reconstruction loss, or likelihood of the data given the decoder's output; mean over "
      "samples.");
  visitor.group(
      "kl", kl,
      "KL term: divergence of the posterior from the prior, in nats, summed over latents, "
      "mean over samples; needs a Gaussian latent.");
  static const std::vector<std::string> kBounds = {"elbo", "iwae"};
  visitor.choice("bound", bound, kBounds,
                 "Lower bound on the log-likelihood of a VAE: elbo, or iwae (importance-weighted, "
                 "tighter with more posterior_samples).");
  visitor.option("posterior_samples", posterior_samples, between(1, 65536),
                 "Samples from the posterior per row, in training and validation.");
  visitor.option("contractive_weight", contractive_weight, at_least(0),
                 "Weight of the contractive penalty: squared Frobenius norm of the Jacobian of the "
                 "code with respect to the input. Costs one backward pass per latent, except for a "
                 "linear encoder whose latent has activation sigmoid, tanh or identity.");
}

}  // namespace ae
