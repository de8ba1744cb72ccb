#include <ATen/TensorOperators.h>
#include <ATen/ops/linear.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <limits>

#include "core/error.h"
#include "models/latent.h"

namespace ae::latents {
namespace {

struct TopKOptions {
  int64_t k = 32;
  bool relu = true;
  int64_t auxiliary_k = 0;
  double auxiliary_weight = 1.0 / 32;
};

/// The largest pre-activations of each row.
/// Source: Makhzani & Frey 2013 (arXiv:1312.5663); with a ReLU and the auxiliary codes of dead
/// latents: Gao et al. 2024 (arXiv:2406.04093), section 2.3 and appendix A.2.
class TopKLatent : public Latent {
 public:
  TopKLatent(int64_t features, int64_t latent_dim, const TopKOptions& options) : options_(options) {
    projection_ = register_module("projection", linear_layer(features, latent_dim));
  }

  Posterior posterior(const at::Tensor& features, const ForwardContext& context) override {
    at::Tensor product;
    {
      const c10::NoGradGuard no_grad;
      product = projected(features, projection_);  // [B, Z]
    }
    Posterior posterior;
    posterior.sparse = largest(features, product, product, options_.k);
    if (context.training && options_.auxiliary_k > 0 && context.dead.defined()) {
      posterior.auxiliary = of_dead(features, product, context.dead);
    }
    return posterior;
  }

  const torch::nn::Linear& projection() const override { return projection_; }

  LatentValues append_to(Operations& operations, ValueId features) const override {
    const std::vector<int64_t> shape = {projection_->weight.size(0)};
    const ValueId value =
        operations.add(op::Affine{.weight = projection_->weight, .bias = projection_->bias},
                       "latent.projection", {features}, shape);
    const op::TopK top_k{
        .k = options_.k,
        .relu = options_.relu,
        .auxiliary_k = options_.auxiliary_k,
        .auxiliary_weight = options_.auxiliary_k > 0 ? options_.auxiliary_weight : 0};
    return {operations.add(top_k, "top_k", {value}, shape), std::nullopt};
  }

  void describe(const std::string& prefix, std::vector<LayerSummary>& layers) const override {
    layers.push_back(linear_summary(prefix + ".projection", projection_));
    layers.push_back({prefix, fmt::format("top {}", options_.k), layers.back().output, 0});
  }

 private:
  /// The K latents of each row that `rank` [B, Z] puts first.
  SparseCode largest(const at::Tensor& features, const at::Tensor& product, const at::Tensor& rank,
                     int64_t k) const {
    SparseCode code;
    code.width = product.size(1);
    code.indices = std::get<1>(rank.topk(k, 1, /*largest=*/true, /*sorted=*/false));
    code.values =
        chosen_values(features, projection_->weight, projection_->bias, product, code.indices);
    if (options_.relu) code.values = code.values.relu();
    return code;
  }

  std::optional<SparseCode> of_dead(const at::Tensor& features, const at::Tensor& product,
                                    const at::Tensor& dead) const {
    // Asking costs nothing where the answer is at hand; a GPU would have to be waited for.
    if (dead.is_cpu() && !dead.any().item<bool>()) return std::nullopt;
    const at::Tensor rank =
        product.masked_fill(dead.logical_not(), -std::numeric_limits<float>::infinity());
    SparseCode code = largest(features, product, rank, options_.auxiliary_k);
    // Where fewer are dead than are asked for, the others say nothing.
    const at::Tensor chosen_dead = dead.index_select(0, code.indices.view(-1));
    code.values = code.values * chosen_dead.view_as(code.indices);
    return code;
  }

  TopKOptions options_;
  torch::nn::Linear projection_ = nullptr;
};

class TopK : public LatentSpec {
 public:
  void visit(OptionVisitor& visitor) override {
    visitor.option("k", options_.k, between(1, 65536), "Latents that are active in each row.");
    visitor.option("relu", options_.relu,
                   "Those of them that are negative become 0; without, they stay.");
    visitor.option("auxiliary_k", options_.auxiliary_k, between(0, 65536),
                   "Dead latents in each row that learn to explain what the others leave; 0 for "
                   "none, half the input's width is usual.");
    visitor.option("auxiliary_weight", options_.auxiliary_weight, at_least(0),
                   "Factor of that auxiliary loss.");
  }
  std::shared_ptr<Latent> build(int64_t features, int64_t latent_dim) const override {
    if (options_.k > latent_dim) {
      throw usage_error(
          "model.latent.k = {} is more than model.latent_dim = {}; expected at most as many",
          options_.k, latent_dim);
    }
    TopKOptions options = options_;
    // What weighs nothing is not computed: a decoder that could not is then no contradiction.
    options.auxiliary_k = auxiliary_weight() > 0 ? std::min(options.auxiliary_k, latent_dim) : 0;
    return std::make_shared<TopKLatent>(features, latent_dim, options);
  }
  bool is_sparse() const override { return true; }
  bool chooses() const override { return true; }
  Activation::Bounds code_bounds() const override {
    Activation::Bounds bounds;
    if (options_.relu) bounds.low = 0;
    return bounds;
  }
  double auxiliary_weight() const override {
    return options_.auxiliary_k > 0 ? options_.auxiliary_weight : 0;
  }

 private:
  TopKOptions options_;
};

}  // namespace

PartEntry<LatentSpec> top_k() {
  return {"top_k", "the k largest latents of each row, the others 0", make_part<LatentSpec, TopK>};
}

}  // namespace ae::latents
