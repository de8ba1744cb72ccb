#include <ATen/TensorOperators.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/softplus.h>

#include "core/error.h"
#include "models/latent.h"

namespace ae::latents {
namespace {

/// Smooth bounds on the log-variance.
struct LogVarianceBounds {
  double low = -10;
  double high = 10;

  void visit(OptionVisitor& visitor) {
    visitor.option("low", low, Range{}, "Lower bound of the log-variance.");
    visitor.option("high", high, Range{}, "Upper bound of the log-variance.");
  }
  /// Soft clamp: near the identity between the bounds, with a non-zero gradient everywhere.
  /// Source: Chua et al. 2018 (arXiv:1805.12114), appendix A.1.
  at::Tensor bounded(const at::Tensor& x) const {
    const at::Tensor below = high - at::softplus(high - x);
    return low + at::softplus(below - low);
  }
};

struct GaussianOptions {
  Part<Activation> activation{"identity"};
  std::optional<LogVarianceBounds> log_variance_bounds;
};

class GaussianLatent : public Latent {
 public:
  GaussianLatent(int64_t features, int64_t latent_dim, const GaussianOptions& options)
      : options_(options) {
    mean_ = register_module("mean", linear_layer(features, latent_dim));
    log_variance_ = register_module("log_variance", linear_layer(features, latent_dim));
  }

  Posterior posterior(const at::Tensor& features, const ForwardContext& /*context*/) override {
    Posterior posterior;
    posterior.mean = options_.activation->forward(projected(features, mean_));
    posterior.log_variance = projected(features, log_variance_);
    if (options_.log_variance_bounds) {
      posterior.log_variance = options_.log_variance_bounds->bounded(posterior.log_variance);
    }
    return posterior;
  }

  /// Reparameterisation trick: mean + sigma * noise.
  at::Tensor sample(const Posterior& posterior, const Noise& noise,
                    int64_t samples) const override {
    const at::Tensor sigma = posterior.log_variance.mul(0.5).exp();
    const int64_t rows = sigma.size(0);
    const int64_t width = sigma.size(1);
    const at::Tensor standard =
        noise.normal(Purpose::posterior, samples * width).to(sigma.scalar_type());
    if (samples == 1) return posterior.mean + sigma * standard;
    const at::Tensor spread = sigma.unsqueeze(1) * standard.view({rows, samples, width});
    return (posterior.mean.unsqueeze(1) + spread).view({rows * samples, width});
  }

  at::Tensor derivative_at(const at::Tensor& code) const override {
    return options_.activation->derivative_at(code);
  }

  const torch::nn::Linear& projection() const override { return mean_; }

  LatentValues append_to(Operations& operations, ValueId features) const override {
    const std::vector<int64_t> shape = {mean_->weight.size(0)};
    ValueId mean = operations.add(op::Affine{.weight = mean_->weight, .bias = mean_->bias},
                                  "latent.mean", {features}, shape);
    mean = operations.add(op::Activation{options_.activation->pointwise()},
                          "model.latent.activation " + options_.activation.type(), {mean}, shape);
    ValueId log_variance =
        operations.add(op::Affine{.weight = log_variance_->weight, .bias = log_variance_->bias},
                       "latent.log_variance", {features}, shape);
    if (options_.log_variance_bounds) {
      log_variance =
          operations.add(op::Other{}, "model.latent.log_variance_bounds", {log_variance}, shape);
    }
    return {mean, log_variance};
  }

  void describe(const std::string& prefix, std::vector<LayerSummary>& layers) const override {
    layers.push_back(linear_summary(prefix + ".mean", mean_));
    layers.push_back(linear_summary(prefix + ".log_variance", log_variance_));
  }

 private:
  GaussianOptions options_;
  torch::nn::Linear mean_ = nullptr;
  torch::nn::Linear log_variance_ = nullptr;
};

/// Source: Kingma & Welling 2013 (arXiv:1312.6114).
class Gaussian : public LatentSpec {
 public:
  void visit(OptionVisitor& visitor) override {
    visitor.part("activation", options_.activation,
                 "Activation of the posterior mean; should be unbounded, as the prior is.");
    visitor.group("log_variance_bounds", options_.log_variance_bounds,
                  "Soft bounds on the posterior's log-variance, for numerical stability.");
  }
  std::shared_ptr<Latent> build(int64_t features, int64_t latent_dim) const override {
    const auto& bounds = options_.log_variance_bounds;
    if (bounds && bounds->low >= bounds->high) {
      throw usage_error(
          "model.latent.log_variance_bounds: low = {} is not below high = {}; widen them",
          bounds->low, bounds->high);
    }
    return std::make_shared<GaussianLatent>(features, latent_dim, options_);
  }
  bool has_prior() const override { return true; }
  Activation::Bounds code_bounds() const override { return options_.activation->bounds(); }

 private:
  GaussianOptions options_;
};

}  // namespace

PartEntry<LatentSpec> gaussian() {
  return {"gaussian", "a diagonal Gaussian posterior with a standard normal prior (VAE)",
          make_part<LatentSpec, Gaussian>};
}

}  // namespace ae::latents
