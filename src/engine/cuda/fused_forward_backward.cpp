#include "engine/cuda/fused_forward_backward.h"

#include <ATen/ops/empty.h>
#include <c10/core/GradMode.h>

#include <algorithm>

#include "engine/cuda/fused_forward_backward_run.h"

namespace ae::cuda {

FusedForwardBackward::FusedForwardBackward(const Autoencoder& model, const FusedPlan& plan,
                                           const Objective& objective,
                                           const FlatParameters& parameters,
                                           const GemmOptions& gemms)
    : kernels_(Kernels::get()),
      linear_(kernels_, gemms),
      objective_(objective),
      encoder_(layers(plan.encoder, parameters)),
      latent_(layers(plan.latent, parameters)),
      decoder_(layers(plan.decoder, parameters)),
      loss_(plan.loss),
      has_code_penalty_(plan.l1 || objective.counts_active()),
      weights_(at::empty({kWeights}, parameters.values().options().dtype(at::kDouble))) {
  add_term("loss");
  reconstruction_index_ = add_term("reconstruction");
  if (model.has_prior()) kl_index_ = add_term("kl");
  if (plan.l1) sparsity_index_ = add_term("sparsity");
  squared_error_index_ = add_term("squared_error");
  if (objective.counts_active()) l0_index_ = add_term("l0");
  uploaded_.reconstruction = -1;  // none yet
}

std::string FusedForwardBackward::refusal(const FusedPlan& plan, const FlatParameters& parameters) {
  if (plan.unsupported) return *plan.unsupported;
  if (plan.top_k) return "top_k";
  if (plan.l1 && plan.latent.size() > 1) return "a sparse Gaussian code";
  if (plan.pre_encoder_bias) return "model.pre_encoder_bias";
  if (parameters.values().scalar_type() != at::kFloat) return "a dtype other than float32";
  for (const FusedLayers* layers : {&plan.encoder, &plan.latent, &plan.decoder}) {
    const auto is_linear = [](const FusedLayer& layer) {
      return std::holds_alternative<FusedLinear>(layer);
    };
    const auto other = std::find_if_not(layers->begin(), layers->end(), is_linear);
    if (other == layers->end()) continue;
    return std::holds_alternative<FusedConvolution>(*other) ? "conv" : "normalization";
  }
  return "";
}

std::vector<Layer> FusedForwardBackward::layers(std::span<const FusedLayer> plan,
                                                const FlatParameters& parameters) const {
  std::vector<Layer> layers;
  for (const FusedLayer& each : plan) {
    const auto& layer = std::get<FusedLinear>(each);
    const auto gradient = [&](const at::Tensor& parameter) {
      return FlatParameters::view(parameters.gradients(), parameters.slice_of(parameter));
    };
    layers.push_back({.weight = layer.weight.detach(),
                      .bias = layer.bias.detach(),
                      .grad_weight = gradient(layer.weight),
                      .grad_bias = gradient(layer.bias),
                      .activation = {static_cast<int>(layer.activation.kind),
                                     static_cast<float>(layer.activation.negative_slope)}});
  }
  return layers;
}

int FusedForwardBackward::add_term(const char* name) {
  terms_.push_back(name);
  return static_cast<int>(terms_.size()) - 1;
}

bool FusedForwardBackward::upload(const LossWeights& weights) {
  if (weights == uploaded_) return true;
  const at::Tensor staged =
      at::empty({kWeights}, at::TensorOptions().dtype(at::kDouble).pinned_memory(true));
  auto* to = staged.mutable_data_ptr<double>();
  to[kReconstruction] = weights.reconstruction;
  to[kKl] = weights.kl;
  to[kSparsity] = weights.sparsity;
  weights_.copy_(staged, /*non_blocking=*/true);
  uploaded_ = weights;
  return true;
}

at::Tensor FusedForwardBackward::run(const StepInputs& inputs, const StepSettings& settings,
                                     double scale, DeadLatentTracker* tracker, PhaseTimer& timer) {
  const c10::NoGradGuard no_grad;
  upload(settings.weights);
  Run run(*this, inputs, scale);
  run.forward();
  timer.end(Phase::forward);
  run.backward();
  timer.end(Phase::backward);
  if (tracker != nullptr) tracker->add(Posterior{.mean = run.code()});
  return run.terms();
}

}  // namespace ae::cuda
