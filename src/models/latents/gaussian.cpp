#include <ATen/ops/linear.h>

#include "models/latent.h"

namespace ae::latents {
namespace {

class GaussianLatent : public Latent {
 public:
  GaussianLatent(int64_t features, int64_t latent_dim) {
    mean_ = register_module("mean", linear_layer(features, latent_dim));
    log_variance_ = register_module("log_variance", linear_layer(features, latent_dim));
  }

  Posterior posterior(const at::Tensor& features) override {
    return {at::linear(features, mean_->weight, mean_->bias),
            at::linear(features, log_variance_->weight, log_variance_->bias)};
  }

  /// The reparameterisation: mean + sigma * noise, so that gradients reach both.
  at::Tensor draw(const Posterior& posterior, const Noise& noise) const override {
    const at::Tensor sigma = posterior.log_variance.mul(0.5).exp();
    const at::Tensor standard = noise.normal(Purpose::posterior, sigma.size(1));
    return posterior.code + sigma * standard.to(sigma.scalar_type());
  }

  const torch::nn::Linear& projection() const override { return mean_; }

  void describe(const std::string& prefix, std::vector<LayerSummary>& layers) const override {
    const int64_t width = mean_->weight.size(0);
    const int64_t parameters = mean_->weight.numel() + width;
    layers.push_back({prefix + ".mean", "Linear", {width}, parameters});
    layers.push_back({prefix + ".log_variance", "Linear", {width}, parameters});
  }

 private:
  torch::nn::Linear mean_ = nullptr;
  torch::nn::Linear log_variance_ = nullptr;
};

/// Source: Kingma & Welling 2013 (arXiv:1312.6114).
class Gaussian : public LatentSpec {
 public:
  std::shared_ptr<Latent> build(int64_t features, int64_t latent_dim) const override {
    return std::make_shared<GaussianLatent>(features, latent_dim);
  }
  bool has_prior() const override { return true; }
};

}  // namespace

PartEntry<LatentSpec> gaussian() {
  return {"gaussian", "a Gaussian posterior with a standard normal prior, as in a VAE",
          make_part<LatentSpec, Gaussian>};
}

}  // namespace ae::latents
