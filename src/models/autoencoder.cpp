#include "models/autoencoder.h"

#include <ATen/CPUGeneratorImpl.h>
#include <c10/core/GradMode.h>

#include "core/error.h"
#include "core/random.h"

namespace ae {

Autoencoder::Autoencoder(const ModelOptions& model, const ObjectiveOptions& objective,
                         const std::vector<int64_t>& shape, uint64_t seed)
    : latent_dim_(model.latent_dim),
      has_prior_(model.latent->has_prior()),
      reconstruction_(objective.reconstruction.share()) {
  encoder_ = register_module("encoder", model.encoder->build_encoder(shape));
  latent_ = register_module("latent", model.latent->build(encoder_->outputs(), latent_dim_));
  if (model.tied) {
    decoder_ = model.decoder->build_tied_decoder(*encoder_, latent_->projection());
    if (!decoder_) {
      throw usage_error(
          "model.tied contradicts model.decoder \"{}\": tied weights need a decoder that mirrors "
          "the encoder; leave model.decoder's layers out",
          model.decoder.type());
    }
  } else {
    decoder_ = model.decoder->build_decoder(latent_dim_, shape);
  }
  register_module("decoder", decoder_);
  if (model.decoder.output_activation.type() != "identity" && !reconstruction_->takes_logits()) {
    output_activation_ = model.decoder.output_activation.share();
    output_activation_name_ = model.decoder.output_activation.type();
  }
  initialize(*model.initialization, seed);
}

void Autoencoder::initialize(const Initialization& initialization, uint64_t seed) {
  const c10::NoGradGuard no_grad;
  uint64_t index = 0;
  for (const auto& module : modules(/*include_self=*/false)) {
    auto* linear = dynamic_cast<torch::nn::LinearImpl*>(module.get());
    if (linear == nullptr) continue;
    // One generator for each layer, so that a layer's weights do not depend on the sizes of others.
    const at::Generator generator = at::make_generator<at::CPUGeneratorImpl>(derived_seed(
        {.seed = seed, .purpose = Purpose::initialization, .epoch = 0, .item = index++}));
    initialization.fill(linear->weight, linear->bias, generator);
  }
}

Posterior Autoencoder::encode(const at::Tensor& x) {
  return latent_->posterior(encoder_->forward(x));
}

at::Tensor Autoencoder::draw(const Posterior& posterior, const Noise& noise) const {
  return latent_->draw(posterior, noise);
}

at::Tensor Autoencoder::decode(const at::Tensor& code) {
  const at::Tensor output = decoder_->forward(code);
  return output_activation_ ? output_activation_->forward(output) : output;
}

at::Tensor Autoencoder::decode_to_data(const at::Tensor& code) {
  return reconstruction_->mean(decode(code));
}

std::vector<LayerSummary> Autoencoder::describe() const {
  std::vector<LayerSummary> layers;
  encoder_->describe("encoder", layers);
  latent_->describe("latent", layers);
  decoder_->describe("decoder", layers);
  if (output_activation_) {
    layers.push_back({"decoder", output_activation_name_, {decoder_->outputs()}, 0});
  }
  return layers;
}

}  // namespace ae
