#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>
#include <ATen/ops/linear.h>

#include <cmath>

#include "models/latent.h"

namespace ae::latents {
namespace {

struct JumpReluOptions {
  double threshold = 1e-3;
  double bandwidth = 1e-3;
};

/// JumpReLU: pre-activations above a learned threshold per latent, 0 otherwise. The threshold's
/// gradient, 0 almost everywhere, is estimated from pre-activations within half a bandwidth of it
/// (straight-through estimator).
/// Source: Rajamanoharan et al. 2024 (arXiv:2407.14435), equations 7 to 12.
class JumpReluLatent : public Latent {
 public:
  JumpReluLatent(int64_t features, int64_t latent_dim, const JumpReluOptions& options)
      : bandwidth_(options.bandwidth) {
    projection_ = register_module("projection", linear_layer(features, latent_dim));
    // The logarithm is learned, so that the threshold stays positive.
    log_threshold_ = register_parameter(
        "log_threshold", at::full({latent_dim}, std::log(options.threshold), at::kFloat));
  }

  Posterior posterior(const at::Tensor& features, const ForwardContext& /*context*/) override {
    const at::Tensor value = projected(features, projection_);
    const at::Tensor threshold = log_threshold_.exp();                              // [Z]
    const at::Tensor active = value.gt(threshold).to(value.scalar_type());          // [B, Z]
    const at::Tensor near = (value - threshold).detach().abs().le(bandwidth_ / 2);  // [B, Z]
    // Derivative of the step at the threshold, by a rectangular kernel.
    const at::Tensor step = near.to(value.scalar_type()).div(bandwidth_);
    Posterior posterior;
    posterior.mean = value * active - gradient_only(threshold * (threshold.detach() * step));
    posterior.active_count = (active - gradient_only(threshold * step)).sum(1);
    return posterior;
  }

  const torch::nn::Linear& projection() const override { return projection_; }

  LatentValues append_to(Operations& operations, ValueId features) const override {
    const std::vector<int64_t> shape = {projection_->weight.size(0)};
    const ValueId value =
        operations.add(op::Affine{.weight = projection_->weight, .bias = projection_->bias},
                       "latent.projection", {features}, shape);
    return {operations.add(op::Other{}, "model.latent jump_relu", {value}, shape), std::nullopt};
  }

  void describe(const std::string& prefix, std::vector<LayerSummary>& layers) const override {
    const int64_t width = projection_->weight.size(0);
    layers.push_back(linear_summary(prefix + ".projection", projection_));
    layers.push_back({prefix, "jump_relu", {width}, width});
  }

 private:
  /// Value 0 with the gradient of x.
  static at::Tensor gradient_only(const at::Tensor& x) { return x - x.detach(); }

  double bandwidth_;
  torch::nn::Linear projection_ = nullptr;
  at::Tensor log_threshold_;
};

class JumpRelu : public LatentSpec {
 public:
  void visit(OptionVisitor& visitor) override {
    visitor.option("threshold", options_.threshold, above(0), "Initial threshold of each latent.");
    visitor.option("bandwidth", options_.bandwidth, above(0),
                   "Kernel bandwidth of the threshold's gradient estimator, in units of the "
                   "pre-activations: only those within half of it from the threshold contribute.");
  }
  std::shared_ptr<Latent> build(int64_t features, int64_t latent_dim) const override {
    return std::make_shared<JumpReluLatent>(features, latent_dim, options_);
  }
  bool is_sparse() const override { return true; }
  bool counts_active() const override { return true; }
  Activation::Bounds code_bounds() const override { return {.low = 0}; }

 private:
  JumpReluOptions options_;
};

}  // namespace

PartEntry<LatentSpec> jump_relu() {
  return {"jump_relu",
          "JumpReLU: pre-activations above a learned threshold per latent, the others 0",
          make_part<LatentSpec, JumpRelu>};
}

}  // namespace ae::latents
