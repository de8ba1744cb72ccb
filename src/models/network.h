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

/// A fully connected layer. @throws Error(usage) where its weights would not fit into memory
torch::nn::Linear linear_layer(int64_t inputs, int64_t outputs);

/// What the layer makes of features, in its parameters' type, also where autocast computes in a
/// narrower one.
at::Tensor projected(const at::Tensor& features, const torch::nn::Linear& layer);

/// The same layer with weights that lie in memory input by input, so that the layer can read those
/// of a few inputs and leave the others: their shape is [outputs, inputs] as ever.
torch::nn::Linear linear_layer_by_input(int64_t inputs, int64_t outputs);

/// A row of the layer table that people read.
struct LayerSummary {
  std::string name;             ///< as in the state dict: "encoder.0"
  std::string kind;             ///< "Linear", "relu"
  std::vector<int64_t> output;  ///< shape of one sample's output
  int64_t parameters = 0;
};

/// The row of a fully connected layer with a bias.
LayerSummary linear_summary(std::string name, const torch::nn::Linear& layer);

/// An encoder or decoder: rows to features, or codes to outputs.
class Network : public torch::nn::Module {
 public:
  /// @param x  [B, in]
  /// @return   [B, out]
  virtual at::Tensor forward(const at::Tensor& x, const ForwardContext& context) = 0;
  /// The same for a code of which few values are not 0, at their cost where the network can.
  virtual at::Tensor forward_sparse(const SparseCode& code, const ForwardContext& context) {
    return forward(code.dense(), context);
  }
  /// Values of one sample that come out.
  virtual int64_t outputs() const = 0;
  /// Appends the layers, named under `prefix`, in the order in which they run.
  virtual void describe(const std::string& prefix, std::vector<LayerSummary>& layers) const = 0;

  /// The weights that the input meets first, [out, in]: a decoder's columns are its dictionary.
  /// Undefined where the first layer is not linear.
  virtual at::Tensor first_weight() const { return {}; }
  /// What is added to the output last, [outputs]; undefined where it has another shape.
  virtual at::Tensor output_bias() const { return {}; }
  /// Begins with an output of this much before the input is looked at; `values` [outputs] is
  /// averaged where the bias is shared between values. False where there is no such bias.
  virtual bool set_output_bias(const at::Tensor& values) = 0;
  /// True where a row's output in training depends on the batch's other rows.
  virtual bool couples_rows() const { return false; }
  /// Appends what it computes of `input`. @return its output
  virtual ValueId append_to(Operations& operations, ValueId input) const = 0;
};

/// What a decoder is given.
struct CodeInfo {
  int64_t width = 0;    ///< of the code and the condition
  bool sparse = false;  ///< few of many values are not 0
};

/// An architecture as the config describes it, from which encoders and decoders are built.
class NetworkSpec {
 public:
  virtual ~NetworkSpec() = default;
  virtual void visit(OptionVisitor& /*visitor*/) {}
  /// The same layers in reverse: what a decoder is unless the config says otherwise.
  virtual std::unique_ptr<NetworkSpec> mirrored() const = 0;

  /// The encoder reads Pass::condition beside the rows where `input` has classes.
  virtual std::shared_ptr<Network> build_encoder(const InputInfo& input) const = 0;
  virtual std::shared_ptr<Network> build_decoder(const CodeInfo& code,
                                                 const InputInfo& input) const = 0;
  /// A decoder whose weights are the transposes of the encoder's and of the projection to the
  /// code; only its biases are its own.
  /// @param encoder  built by the architecture of which this is the mirror image
  /// @return null where the architecture has no such form
  virtual std::shared_ptr<Network> build_tied_decoder(
      const Network& encoder, const torch::nn::Linear& projection) const = 0;
  /// Gives a decoder, built by this, the transposes of the encoder's weights and of the
  /// projection to begin with. False where the two are not mirror images.
  virtual bool copy_transposed(const Network& encoder, const torch::nn::Linear& projection,
                               Network& decoder) const = 0;

  static std::span<const PartEntry<NetworkSpec>> table();
};

}  // namespace ae
