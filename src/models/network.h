#pragma once

#include <torch/nn/module.h>
#include <torch/nn/modules/linear.h>

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "config/part.h"
#include "models/forward_context.h"
#include "models/input_info.h"
#include "models/operations.h"
#include "models/sparse_code.h"

namespace ae {

/// Fully connected layer. @throws Error(usage) if its weights do not fit into memory
torch::nn::Linear linear_layer(int64_t inputs, int64_t outputs);

/// Output of the layer, cast to its parameters' type also under autocast.
at::Tensor projected(const at::Tensor& features, const torch::nn::Linear& layer);

/// Fully connected layer whose weights, of shape [outputs, inputs], are stored column-major, so
/// that the columns of a sparse input's non-zeros are contiguous.
torch::nn::Linear column_major_linear_layer(int64_t inputs, int64_t outputs);

/// Row of the printed layer table.
struct LayerSummary {
  std::string name;             ///< as in the state dict: "encoder.0"
  std::string kind;             ///< "Linear", "relu"
  std::vector<int64_t> output;  ///< output shape of one sample
  int64_t parameters = 0;
};

/// Table row of a fully connected layer with bias.
LayerSummary linear_summary(std::string name, const torch::nn::Linear& layer);

/// Encoder (rows to features) or decoder (codes to outputs).
class Network : public torch::nn::Module {
 public:
  /// @param x  [B, in]
  /// @return   [B, out]
  virtual at::Tensor forward(const at::Tensor& x, const ForwardContext& context) = 0;
  /// forward() of a sparse code; cost proportional to its non-zeros if the first layer supports it.
  virtual at::Tensor forward_sparse(const SparseCode& code, const ForwardContext& context) {
    return forward(code.dense(), context);
  }
  /// Number of output values per sample.
  virtual int64_t outputs() const = 0;
  /// Appends the layers in forward order, with names that begin with `prefix`.
  virtual void describe(const std::string& prefix, std::vector<LayerSummary>& layers) const = 0;

  /// Weights of the first layer, [out, in]; the columns of a decoder's are its dictionary.
  /// Undefined if the first layer is not linear.
  virtual at::Tensor first_weight() const { return {}; }
  /// Bias of the last layer, [outputs]; undefined if it has another shape.
  virtual at::Tensor output_bias() const { return {}; }
  /// Sets the last bias to `values` [outputs], averaged over the values that share a bias.
  /// @return false if there is no bias
  virtual bool set_output_bias(const at::Tensor& values) = 0;
  /// True if a row's output in training depends on the other rows of the batch.
  virtual bool couples_rows() const { return false; }
  /// Appends what it computes of `input`. @return its output
  virtual ValueId append_to(Operations& operations, ValueId input) const = 0;
};

/// Input of a decoder.
struct CodeInfo {
  int64_t width = 0;    ///< of the code and the condition together
  bool sparse = false;  ///< passed as SparseCode
};

/// Options of an architecture, from the config; builds encoders and decoders.
class NetworkSpec {
 public:
  virtual ~NetworkSpec() = default;
  virtual void visit(OptionVisitor& /*visitor*/) {}
  /// Options with the layers reversed: the default decoder.
  virtual std::unique_ptr<NetworkSpec> mirrored() const = 0;

  /// The encoder also reads ForwardContext::condition if `input` has classes.
  virtual std::shared_ptr<Network> build_encoder(const InputInfo& input) const = 0;
  virtual std::shared_ptr<Network> build_decoder(const CodeInfo& code,
                                                 const InputInfo& input) const = 0;
  /// Builds a decoder whose weights are the transposes of the encoder's and of the latent's
  /// projection; it has biases of its own.
  /// @param encoder  built by the options of which these are the mirror image
  /// @return null if the architecture does not support tied weights
  virtual std::shared_ptr<Network> build_tied_decoder(
      const Network& encoder, const torch::nn::Linear& projection) const = 0;
  /// Copies the transposes of the encoder's weights and of the latent's projection into a decoder
  /// built by this. @return false if the two are not mirror images
  virtual bool copy_transposed(const Network& encoder, const torch::nn::Linear& projection,
                               Network& decoder) const = 0;

  static std::span<const PartEntry<NetworkSpec>> table();
};

}  // namespace ae
