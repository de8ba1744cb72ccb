#include <ATen/ops/linear.h>

#include "models/latent.h"

namespace ae::latents {
namespace {

class DeterministicLatent : public Latent {
 public:
  DeterministicLatent(int64_t features, int64_t latent_dim, const Part<Activation>& activation)
      : activation_(activation.share()), activation_name_(activation.type()) {
    projection_ = register_module("projection", linear_layer(features, latent_dim));
  }

  Posterior posterior(const at::Tensor& features, const ForwardContext& /*context*/) override {
    Posterior posterior;
    posterior.mean = activation_->forward(projected(features, projection_));
    return posterior;
  }

  at::Tensor derivative_at(const at::Tensor& code) const override {
    return activation_->derivative_at(code);
  }

  const torch::nn::Linear& projection() const override { return projection_; }

  LatentValues append_to(Operations& operations, ValueId features) const override {
    const std::vector<int64_t> shape = {projection_->weight.size(0)};
    const ValueId value =
        operations.add(op::Affine{.weight = projection_->weight, .bias = projection_->bias},
                       "latent.projection", {features}, shape);
    return {operations.add(op::Activation{activation_->pointwise()},
                           "model.latent.activation " + activation_name_, {value}, shape),
            std::nullopt};
  }

  void describe(const std::string& prefix, std::vector<LayerSummary>& layers) const override {
    layers.push_back(linear_summary(prefix + ".projection", projection_));
    if (activation_name_ != "identity") {
      layers.push_back({prefix, activation_name_, layers.back().output, 0});
    }
  }

 private:
  torch::nn::Linear projection_ = nullptr;
  std::shared_ptr<const Activation> activation_;
  std::string activation_name_;
};

class Deterministic : public LatentSpec {
 public:
  void visit(OptionVisitor& visitor) override {
    visitor.part("activation", activation_, "Activation of the code.");
  }
  std::shared_ptr<Latent> build(int64_t features, int64_t latent_dim) const override {
    return std::make_shared<DeterministicLatent>(features, latent_dim, activation_);
  }
  Activation::Bounds code_bounds() const override { return activation_->bounds(); }
  bool is_sparse() const override { return activation_->cuts_to_zero(); }

 private:
  Part<Activation> activation_{"identity"};
};

}  // namespace

PartEntry<LatentSpec> deterministic() {
  return {"deterministic", "a linear layer and an activation: one code per input",
          make_part<LatentSpec, Deterministic>};
}

}  // namespace ae::latents
