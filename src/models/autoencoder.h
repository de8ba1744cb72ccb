#pragma once

#include <torch/nn/module.h>

#include <memory>
#include <string>
#include <vector>

#include "models/latent.h"
#include "models/network.h"
#include "models/options.h"

namespace ae {

/// An encoder, a latent and a decoder, put together from the config's parts. Parameters are named
/// "encoder.…", "latent.…", "decoder.…". Rows are flat: [B, D].
class Autoencoder : public torch::nn::Module {
 public:
  /// @param shape  of one row of data
  /// @param seed   of the initial weights
  /// @throws Error(usage) where the parts cannot be joined
  Autoencoder(const ModelOptions& model, const ObjectiveOptions& objective,
              const std::vector<int64_t>& shape, uint64_t seed);

  /// @param x  [B, D] scaled data
  Posterior encode(const at::Tensor& x);
  /// The code that training decodes: one draw from the posterior. [B, Z]
  at::Tensor draw(const Posterior& posterior, const Noise& noise) const;
  /// @param code  [B, Z]
  /// @return      [B, D] what the reconstruction takes: data, or logits
  at::Tensor decode(const at::Tensor& code);
  /// @param code  [B, Z]
  /// @return      [B, D] scaled data: the mean of the likelihood
  at::Tensor decode_to_data(const at::Tensor& code);

  const Reconstruction& reconstruction() const { return *reconstruction_; }
  int64_t latent_dim() const { return latent_dim_; }
  bool has_prior() const { return has_prior_; }
  /// The layers in the order in which data passes them.
  std::vector<LayerSummary> describe() const;

 private:
  void initialize(const Initialization& initialization, uint64_t seed);

  int64_t latent_dim_;
  bool has_prior_;
  std::shared_ptr<Network> encoder_;
  std::shared_ptr<Latent> latent_;
  std::shared_ptr<Network> decoder_;
  std::shared_ptr<const Activation> output_activation_;  // null where there is nothing to do
  std::string output_activation_name_;
  std::shared_ptr<const Reconstruction> reconstruction_;
};

}  // namespace ae
