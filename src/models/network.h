#pragma once

#include <torch/nn/module.h>
#include <torch/nn/modules/linear.h>

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "config/part.h"

namespace ae {

/// A fully connected layer. @throws Error(usage) where its weights would not fit into memory
torch::nn::Linear linear_layer(int64_t inputs, int64_t outputs);

/// A row of the layer table that people read.
struct LayerSummary {
  std::string name;             ///< as in the state dict: "encoder.0"
  std::string kind;             ///< "Linear", "relu"
  std::vector<int64_t> output;  ///< shape of one sample's output
  int64_t parameters = 0;
};

/// An encoder or decoder: rows to features, or codes to outputs.
class Network : public torch::nn::Module {
 public:
  /// @param x  [B, in]
  /// @return   [B, out]
  virtual at::Tensor forward(const at::Tensor& x) = 0;
  /// Values of one sample that come out.
  virtual int64_t outputs() const = 0;
  /// Appends the layers, named under `prefix`, in the order in which they run.
  virtual void describe(const std::string& prefix, std::vector<LayerSummary>& layers) const = 0;
};

/// An architecture as the config describes it, from which encoders and decoders are built.
class NetworkSpec {
 public:
  virtual ~NetworkSpec() = default;
  virtual void visit(OptionVisitor& /*visitor*/) {}
  /// The same layers in reverse: what a decoder is unless the config says otherwise.
  virtual std::unique_ptr<NetworkSpec> mirrored() const = 0;

  /// @param shape  of one row of data
  virtual std::shared_ptr<Network> build_encoder(const std::vector<int64_t>& shape) const = 0;
  /// @param shape  of one row of data
  virtual std::shared_ptr<Network> build_decoder(int64_t latent_dim,
                                                 const std::vector<int64_t>& shape) const = 0;
  /// A decoder whose weights are the transposes of the encoder's and of the projection to the
  /// code; only its biases are its own.
  /// @param encoder  built by the architecture of which this is the mirror image
  /// @return null where the architecture has no such form
  virtual std::shared_ptr<Network> build_tied_decoder(
      const Network& encoder, const torch::nn::Linear& projection) const = 0;

  static std::span<const PartEntry<NetworkSpec>> table();
};

}  // namespace ae
