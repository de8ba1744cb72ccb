#include "engine/cuda/fused_pass.h"

#include <ATen/ops/empty.h>
#include <c10/core/GradMode.h>

#include <algorithm>

#include "engine/cuda/fused_run.h"

namespace ae::cuda {

FusedPass::FusedPass(const Autoencoder& model, const LoweredModel& lowered,
                     const Objective& objective, const FlatParameters& parameters,
                     const ProductOptions& products)
    : kernels_(Kernels::get()),
      passes_(kernels_, products),
      objective_(objective),
      encoder_(layers(lowered.encoder, parameters)),
      latent_(layers(lowered.latent, parameters)),
      decoder_(layers(lowered.decoder, parameters)),
      loss_(lowered.loss),
      measures_code_(lowered.l1 || objective.counts_active()),
      weights_(at::empty({kWeights}, parameters.values().options().dtype(at::kDouble))) {
  add_term("loss");
  reconstruction_place_ = add_term("reconstruction");
  if (model.has_prior()) kl_place_ = add_term("kl");
  if (lowered.l1) sparsity_place_ = add_term("sparsity");
  squared_error_place_ = add_term("squared_error");
  if (objective.counts_active()) l0_place_ = add_term("l0");
  brought_.reconstruction = -1;  // none yet
}

std::string FusedPass::refusal(const LoweredModel& lowered, const FlatParameters& parameters) {
  if (lowered.refusal()) return *lowered.refusal();
  if (lowered.top_k) return "top_k";
  if (lowered.l1 && lowered.latent.size() > 1) return "a sparse Gaussian code";
  if (lowered.pre_encoder_bias) return "model.pre_encoder_bias";
  if (parameters.values().scalar_type() != at::kFloat) return "another type than float32";
  for (const LoweredLayers* layers : {&lowered.encoder, &lowered.latent, &lowered.decoder}) {
    const auto is_linear = [](const LoweredLayer& layer) {
      return std::holds_alternative<LoweredLinear>(layer);
    };
    if (!std::all_of(layers->begin(), layers->end(), is_linear)) return "conv";
  }
  return "";
}

std::vector<Layer> FusedPass::layers(std::span<const LoweredLayer> lowered,
                                     const FlatParameters& parameters) const {
  std::vector<Layer> layers;
  for (const LoweredLayer& each : lowered) {
    const auto& layer = std::get<LoweredLinear>(each);
    const auto gradient = [&](const at::Tensor& parameter) {
      return FlatParameters::view(parameters.gradients(), parameters.slice_of(parameter));
    };
    layers.push_back({.weight = layer.weight.detach(),
                      .bias = layer.bias.detach(),
                      .by_weight = gradient(layer.weight),
                      .by_bias = gradient(layer.bias),
                      .activation = {static_cast<int>(layer.activation.kind),
                                     static_cast<float>(layer.activation.slope)}});
  }
  return layers;
}

int FusedPass::add_term(const char* name) {
  terms_.push_back(name);
  return static_cast<int>(terms_.size()) - 1;
}

bool FusedPass::bring(const TermWeights& weights) {
  if (weights == brought_) return true;
  const at::Tensor staged =
      at::empty({kWeights}, at::TensorOptions().dtype(at::kDouble).pinned_memory(true));
  auto* to = staged.mutable_data_ptr<double>();
  to[kReconstruction] = weights.reconstruction;
  to[kKl] = weights.kl;
  to[kSparsity] = weights.sparsity;
  weights_.copy_(staged, /*non_blocking=*/true);
  brought_ = weights;
  return true;
}

at::Tensor FusedPass::run(const PassInputs& inputs, const StepSettings& settings, double scale,
                          LatentUsage* usage, Laps& laps) {
  const c10::NoGradGuard no_grad;
  bring(settings.weights);
  Run run(*this, inputs, scale);
  run.forward();
  laps.end(Phase::forward);
  run.backward();
  laps.end(Phase::backward);
  if (usage != nullptr) usage->add(Posterior{.mean = run.code()});
  return run.terms();
}

}  // namespace ae::cuda
