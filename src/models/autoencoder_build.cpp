#include <ATen/CPUGeneratorImpl.h>
#include <c10/core/GradMode.h>

#include "core/error.h"
#include "core/random.h"
#include "core/text.h"
#include "models/autoencoder.h"
#include "models/networks/convolution.h"

namespace ae {

std::shared_ptr<Network> Autoencoder::build_encoder(const ModelOptions& model,
                                                    const InputInfo& input) {
  InputInfo seen = input;
  if (input.gaps) {
    gaps_.emplace(input.gaps->fill, input.gaps->indicated);
    if (gaps_->indicators() > 0 && input.shape.size() != 1) {
      throw usage_error(
          "data.missing.indicator adds inputs to flat rows only, and these are {}; set it to false",
          shape_text(input.shape));
    }
    if (gaps_->indicators() > 0) seen.shape = {input.width() + gaps_->indicators()};
  }
  const std::string& output = model.decoder.output_activation.type();
  if (input.output().has_categories() && output != "identity") {
    throw usage_error(
        "model.decoder.output_activation \"{}\" contradicts columns of categories or booleans, "
        "whose outputs are logits; leave it out",
        output);
  }
  return model.encoder->build_encoder(seen);
}

void Autoencoder::build_decoder(const ModelOptions& model, const InputInfo& input) {
  InputInfo given = input.output();
  given.classes = input.classes;
  if (model.tied) {
    if (gaps_ && gaps_->indicators() > 0) {
      throw usage_error(
          "model.tied contradicts data.missing.indicator, which gives the encoder more inputs than "
          "the decoder has outputs; set data.missing to {{\"type\": \"mask\", \"indicator\": "
          "false}}, or take model.decoder_from_encoder");
    }
    decoder_ = model.decoder->build_tied_decoder(*encoder_, latent_->projection());
    if (!decoder_) {
      throw usage_error(
          "model.tied contradicts model.decoder \"{}\": tied weights need a dense decoder that "
          "mirrors the encoder; leave model.decoder's layers out",
          model.decoder.type());
    }
  } else {
    decoder_ = model.decoder->build_decoder(
        {.width = latent_dim_ + classes_, .sparse = model.latent->is_k_sparse()}, given);
  }
  register_module("decoder", decoder_);
  if (pre_encoder_bias_ && !decoder_->output_bias().defined()) {
    throw usage_error(
        "model.pre_encoder_bias contradicts model.decoder \"{}\", whose output bias is not one "
        "value for each of the input's; take a dense decoder (\"linear\", \"mlp\")",
        model.decoder.type());
  }
  if (unit_norm_decoder_ && (model.tied || !decoder_->first_weight().defined())) {
    throw usage_error(
        "model.unit_norm_decoder contradicts {}: the decoder's first layer must be linear, with "
        "weights of its own",
        model.tied ? "model.tied" : "model.decoder \"" + model.decoder.type() + "\"");
  }
}

void Autoencoder::initialize(const ModelOptions& model, const InputInfo& input, uint64_t seed) {
  const c10::NoGradGuard no_grad;
  uint64_t index = 0;
  for (const auto& module : modules(/*include_self=*/false)) {
    const auto* linear = dynamic_cast<torch::nn::LinearImpl*>(module.get());
    const auto* convolution = dynamic_cast<Convolution*>(module.get());
    if (linear == nullptr && convolution == nullptr) continue;  // others initialise themselves
    const at::Tensor& weight = linear != nullptr ? linear->weight : convolution->weight();
    const at::Tensor& bias = linear != nullptr ? linear->bias : convolution->bias();
    // One generator per layer, so that a layer's weights do not depend on the sizes of the others.
    const at::Generator generator = at::make_generator<at::CPUGeneratorImpl>(derived_seed(
        {.seed = seed, .purpose = Purpose::initialization, .epoch = 0, .item = index++}));
    model.initialization->fill(weight, bias, generator);
  }
  if (model.decoder_from_encoder &&
      !model.decoder->copy_transposed(*encoder_, latent_->projection(), *decoder_)) {
    throw usage_error(
        "model.decoder_from_encoder contradicts model.decoder \"{}\": it needs a dense decoder "
        "that mirrors the encoder; leave model.decoder's layers out",
        model.decoder.type());
  }
  if (unit_norm_decoder_) {
    normalize_dictionary();
    // Keep the encoder equal to the transpose of the normalised dictionary.
    if (model.decoder_from_encoder && encoder_->parameters().empty()) {
      latent_->projection()->weight.narrow(1, 0, decoder_->outputs()).copy_(dictionary().t());
    }
  }
  // For a model loaded from a file the mean is undefined: all of it is loaded with the weights.
  const at::Tensor& mean = input.output().mean;
  if (mean.defined()) reconstruction_->fit(mean);
  if (!model.output_bias_from_data || !mean.defined()) return;
  const at::Tensor data = output_activation_ ? output_activation_->inverse(mean) : mean;
  if (!data.defined()) {
    throw usage_error(
        "model.output_bias_from_data contradicts model.decoder.output_activation \"{}\", which has "
        "no inverse to compute the bias; take \"identity\", \"sigmoid\", \"softplus\" or \"tanh\"",
        output_activation_name_);
  }
  decoder_->set_output_bias(reconstruction_->output_for(data));
}

}  // namespace ae
