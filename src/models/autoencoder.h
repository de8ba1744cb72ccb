#pragma once

#include <torch/nn/module.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "models/device_constant.h"
#include "models/gap_input.h"
#include "models/input_transform.h"
#include "models/latent.h"
#include "models/network.h"
#include "models/options.h"

namespace ae {

/// Encoder, latent layer and decoder, built from the config's parts. Parameters are named
/// "encoder.…", "latent.…", "decoder.…", "reconstruction.…". Rows are flat: [B, D].
class Autoencoder : public torch::nn::Module {
 public:
  /// @param seed  random seed of the initial weights
  /// @throws Error(usage) if the parts do not fit together
  Autoencoder(const ModelOptions& model, const ObjectiveOptions& objective, const InputInfo& input,
              uint64_t seed);

  /// @param x  [B, D] scaled data; NaN where a value is missing, if the model takes such rows
  Posterior encode(const at::Tensor& x, const ForwardContext& context = {});
  /// Samples from the posterior by reparameterisation; repeats a deterministic code.
  /// [B * samples, Z], the samples of a row adjacent
  at::Tensor sample(const Posterior& posterior, const Noise& noise, int64_t samples = 1) const;
  /// @param code  [N, Z]; N is a multiple of the condition's rows
  /// @return      [N, D] input of the reconstruction loss: data, logits or log-means
  at::Tensor decode(const at::Tensor& code, const ForwardContext& context = {});
  /// Decodes the posterior's code without sampling; a sparse code costs K of Z columns. [B, D]
  at::Tensor decode(const Posterior& posterior, const ForwardContext& context = {});
  /// @return  [N, D] scaled data: mean of the likelihood
  at::Tensor decode_to_data(const at::Tensor& code, const ForwardContext& context = {});
  /// Decodes the code of known rows: Reconstruction::mean_given().
  /// @param target  [N, D] scaled data
  at::Tensor reconstruct(const at::Tensor& code, const at::Tensor& target,
                         const ForwardContext& context = {});
  /// Linear combination of dictionary columns, without the decoder's bias; for a linear decoder.
  /// [B, D]
  at::Tensor combine(const SparseCode& code) const;
  /// @param labels  [B] int64
  /// @return        [B, classes] one-hot; undefined if the model is not conditional
  at::Tensor condition(const at::Tensor& labels) const;

  const Reconstruction& reconstruction() const { return *reconstruction_; }
  /// Null if the decoder's output is linear.
  const Activation* output_activation() const { return output_activation_.get(); }
  const torch::nn::Linear& projection() const { return latent_->projection(); }
  /// Weights of the decoder's first layer, [out, Z]: one column per latent.
  at::Tensor dictionary() const;
  /// Derivative of the code with respect to its pre-activation, [B, Z]; undefined if it has no
  /// simple form or the encoder has hidden layers.
  at::Tensor code_derivative(const at::Tensor& code) const;
  /// Bias of the decoder's last layer, [D]; undefined if it is not one value per feature.
  at::Tensor output_bias() const { return decoder_->output_bias(); }
  /// Values of a row that the encoder takes.
  int64_t inputs() const { return inputs_; }
  /// True if the decoder gives something else than the encoder's rows.
  bool has_own_target() const { return has_own_target_; }
  int64_t features() const { return decoder_->outputs(); }
  int64_t latent_dim() const { return latent_dim_; }
  bool has_prior() const { return has_prior_; }
  /// Number of label classes; 0 if the model is not conditional.
  int64_t classes() const { return classes_; }
  int64_t parameter_count() const;
  /// Element type of parameters, codes and outputs, also under autocast.
  at::ScalarType parameter_type() const;
  bool keeps_unit_norm() const { return unit_norm_decoder_; }
  /// Normalises the dictionary's columns to unit length, in place, without autograd.
  void normalize_dictionary();
  /// Removes from the dictionary's gradient the component parallel to each column, in place.
  void project_dictionary_gradient();
  /// True if a row's output in training depends on the other rows of the batch.
  bool couples_rows() const {
    return (!freezes_encoder_ && encoder_->couples_rows()) ||
           (!freezes_decoder_ && decoder_->couples_rows());
  }
  /// Appends what the model computes of Operations::kInput.
  /// @param samples  draws from the posterior for each row
  struct Values {
    LatentValues latent;
    ValueId output;  ///< the decoder's
  };
  Values append_to(Operations& operations, int64_t samples) const;
  /// Largest number of values per row in the output of any layer.
  int64_t widest() const;
  /// Layers in forward order.
  std::vector<LayerSummary> describe() const;

 private:
  std::shared_ptr<Network> build_encoder(const ModelOptions& model, const InputInfo& input);
  void build_decoder(const ModelOptions& model, const InputInfo& input);
  void initialize(const ModelOptions& model, const InputInfo& input, uint64_t seed);

  int64_t latent_dim_;
  int64_t classes_;
  int64_t inputs_;
  bool has_own_target_;
  bool has_prior_;
  InputTransform input_transform_;
  std::optional<GapInput> gaps_;
  DeviceConstant count_features_;  // [D] bool: those that the encoder takes as ln(1 + x)
  bool pre_encoder_bias_;
  bool unit_norm_decoder_;
  bool freezes_encoder_;
  bool freezes_decoder_;
  std::shared_ptr<Network> encoder_;
  std::shared_ptr<Latent> latent_;
  std::shared_ptr<Network> decoder_;
  std::shared_ptr<Reconstruction> reconstruction_;
  std::shared_ptr<const Activation> output_activation_;
  std::string output_activation_name_;
};

/// Normalises a matrix's columns to unit length, in place, without autograd; a zero column stays 0.
void normalize_columns(const at::Tensor& matrix);

}  // namespace ae
