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
/// "encoder.…", "latent.…", "decoder.…", "reconstruction.…". Rows are flat: [B, D].
class Autoencoder : public torch::nn::Module {
 public:
  /// @param seed  of the initial weights
  /// @throws Error(usage) where the parts cannot be joined
  Autoencoder(const ModelOptions& model, const ObjectiveOptions& objective, const InputInfo& input,
              uint64_t seed);

  /// @param x  [B, D] scaled data
  Posterior encode(const at::Tensor& x, const ForwardContext& context = {});
  /// The codes that training decodes: draws from the posterior. [B * samples, Z]
  at::Tensor draw(const Posterior& posterior, const Noise& noise, int64_t samples = 1) const;
  /// @param code  [N, Z]; N is a multiple of the condition's rows
  /// @return      [N, D] what the reconstruction takes: data, or logits
  at::Tensor decode(const at::Tensor& code, const ForwardContext& context = {});
  /// The same for the code itself of a posterior, at a sparse code's cost. [B, D]
  at::Tensor decode(const Posterior& posterior, const ForwardContext& context = {});
  /// @return  [N, D] scaled data: the mean of the likelihood
  at::Tensor decode_to_data(const at::Tensor& code, const ForwardContext& context = {});
  /// What dictionary entries add up to, without the decoder's bias; for a linear decoder. [B, D]
  at::Tensor combine(const SparseCode& code) const;
  /// @param labels  [B] int64
  /// @return        [B, classes] one-hot; undefined for a model that takes no labels
  at::Tensor condition(const at::Tensor& labels) const;

  const Reconstruction& reconstruction() const { return *reconstruction_; }
  /// Null where the decoder's output passes nothing.
  const Activation* output_activation() const { return output_activation_.get(); }
  const torch::nn::Linear& projection() const { return latent_->projection(); }
  /// The decoder's weights that the code meets first, [out, Z]: a column for each latent.
  at::Tensor dictionary() const;
  /// The derivative of the code by its pre-activation; undefined where it has no simple form, or
  /// the encoder has layers of its own. [B, Z]
  at::Tensor code_derivative(const at::Tensor& code) const;
  /// What the decoder adds last, [D]; undefined where that is not one value for each feature.
  at::Tensor output_bias() const { return decoder_->output_bias(); }
  /// Values of a row.
  int64_t features() const { return decoder_->outputs(); }
  int64_t latent_dim() const { return latent_dim_; }
  bool has_prior() const { return has_prior_; }
  /// Classes of the labels that it is given; 0 for a model that takes none.
  int64_t classes() const { return classes_; }
  int64_t parameter_count() const;
  /// Of the parameters, and of codes and outputs, also where layers compute in a narrower one.
  at::ScalarType parameter_type() const;
  bool keeps_unit_norm() const { return unit_norm_decoder_; }
  /// Brings the dictionary's columns back to length 1. Without a graph.
  void normalize_dictionary();
  /// Takes from the dictionary's gradient what would change its columns' lengths.
  void project_dictionary_gradient();
  /// True where what training makes of a row depends on the batch's other rows.
  bool couples_rows() const { return encoder_->couples_rows() || decoder_->couples_rows(); }
  /// Appends what the model computes of Operations::kInput.
  /// @param samples  draws from the posterior for each row
  struct Values {
    LatentValues latent;
    ValueId output;  ///< the decoder's
  };
  Values append_to(Operations& operations, int64_t samples) const;
  /// The most values that a row becomes on its way.
  int64_t widest() const;
  /// The layers in the order in which data passes them.
  std::vector<LayerSummary> describe() const;

 private:
  void build_decoder(const ModelOptions& model, const InputInfo& input);
  void initialize(const ModelOptions& model, const InputInfo& input, uint64_t seed);

  int64_t latent_dim_;
  int64_t classes_;
  bool has_prior_;
  bool pre_encoder_bias_;
  bool unit_norm_decoder_;
  std::shared_ptr<Network> encoder_;
  std::shared_ptr<Latent> latent_;
  std::shared_ptr<Network> decoder_;
  std::shared_ptr<Reconstruction> reconstruction_;
  std::shared_ptr<const Activation> output_activation_;
  std::string output_activation_name_;
};

/// Brings a matrix's columns to length 1, in place; a column of zeros stays. Without a graph.
void normalize_columns(const at::Tensor& matrix);

}  // namespace ae
