#pragma once

#include <memory>
#include <span>

#include "engine/cuda/branches.h"
#include "engine/cuda/layers.h"
#include "engine/cuda/pass.h"
#include "models/lowering.h"

namespace ae::cuda {

/// A pass of few kernels for models of linear layers in float32, weights' gradients in branches
/// beside the way back.
class FusedPass : public Pass {
 public:
  /// All must outlive this; the model's parameters lie in `parameters`. There must be kernels.
  FusedPass(const Autoencoder& model, const LoweredModel& lowered, const Objective& objective,
            const FlatParameters& parameters, const ProductOptions& products = {});
  /// Why there is no such pass of a model; "" where there is one.
  static std::string refusal(const LoweredModel& lowered, const FlatParameters& parameters);

  at::Tensor run(const PassInputs& inputs, const StepSettings& settings, double scale,
                 LatentUsage* usage, Laps& laps) override;
  const std::vector<const char*>& terms() const override { return terms_; }
  bool bring(const TermWeights& weights) override;

 private:
  class Run;

  std::vector<Layer> layers(std::span<const LoweredLayer> lowered,
                            const FlatParameters& parameters) const;
  bool is_gaussian() const { return kl_place_ >= 0; }
  /// A term's place, which it is given.
  int add_term(const char* name);

  const Kernels& kernels_;
  LayerPasses passes_;
  const Objective& objective_;
  std::vector<Layer> encoder_;
  std::vector<Layer> latent_;  // the code; of a Gaussian posterior mean and log-variance
  std::vector<Layer> decoder_;
  LoweredLoss loss_;
  bool measures_code_;
  int reconstruction_place_;
  int kl_place_ = -1;
  int sparsity_place_ = -1;
  int squared_error_place_;
  int l0_place_ = -1;
  std::vector<const char*> terms_;
  TermWeights brought_;
  at::Tensor weights_;  // of the loss: reconstruction, KL, sparsity; [3] float64
  Branches branches_;
};

}  // namespace ae::cuda
