#pragma once

#include <memory>
#include <span>

#include "engine/cuda/forward_backward.h"
#include "engine/cuda/linear_passes.h"
#include "engine/cuda/stream_branches.h"
#include "engine/fusion.h"

namespace ae::cuda {

/// Forward and backward pass by few fused kernels, for models of linear layers in float32. Weight
/// gradients run on parallel stream branches.
class FusedForwardBackward : public ForwardBackward {
 public:
  /// All must outlive this; the model's parameters lie in `parameters`. Requires
  /// Kernels::find() != nullptr.
  FusedForwardBackward(const Autoencoder& model, const FusedPlan& plan, const Objective& objective,
                       const FlatParameters& parameters, const GemmOptions& gemms = {});
  /// The part of a model that has no fused kernels; "" if the model is supported.
  static std::string refusal(const FusedPlan& plan, const FlatParameters& parameters);

  at::Tensor run(const StepInputs& inputs, const StepSettings& settings, double scale,
                 DeadLatentTracker* tracker, PhaseTimer& timer) override;
  const std::vector<const char*>& terms() const override { return terms_; }
  bool upload(const LossWeights& weights) override;

 private:
  class Run;

  std::vector<Layer> layers(std::span<const FusedLayer> plan,
                            const FlatParameters& parameters) const;
  bool is_gaussian() const { return kl_index_ >= 0; }
  /// @return the index of the term
  int add_term(const char* name);

  const Kernels& kernels_;
  LinearPasses linear_;
  const Objective& objective_;
  std::vector<Layer> encoder_;
  std::vector<Layer> latent_;  // the code, or mean and log-variance of a Gaussian posterior
  std::vector<Layer> decoder_;
  FusedLoss loss_;
  bool has_code_penalty_;
  int reconstruction_index_;
  int kl_index_ = -1;
  int sparsity_index_ = -1;
  int squared_error_index_;
  int l0_index_ = -1;
  std::vector<const char*> terms_;
  LossWeights uploaded_;
  at::Tensor weights_;  // of the loss: reconstruction, KL, sparsity; [3] float64
  StreamBranches branches_;
};

}  // namespace ae::cuda
