#pragma once

#include "models/activation.h"
#include "models/networks/sequence.h"
#include "models/normalization.h"

namespace ae {

enum class Side { encoder, decoder };

/// Option name for messages: "model.encoder" or "model.decoder".
std::string option_of(Side side);

/// Normalisation, activation and dropout after each hidden layer.
struct NormActivationOptions {
  Part<Activation> activation{"relu"};
  Part<NormalizationSpec> normalization{"none"};
  double dropout = 0;

  void visit(OptionVisitor& visitor);
};

/// Sequence of the layers declared below.
class LayerStack : public Sequence {
 protected:
  LayerStack(Side side, std::vector<int64_t> input) : Sequence(std::move(input)), side_(side) {}

  /// Appends normalisation (if any), activation and dropout (if any).
  void add_norm_activation(const NormActivationOptions& options);
  Side side() const { return side_; }

 private:
  Side side_;
};

/// Fully connected layer.
class LinearLayer : public Layer {
 public:
  /// @param sparse_input  the weights are column-major, for forward_sparse()
  LinearLayer(torch::nn::Linear linear, bool sparse_input);

  at::Tensor forward(const at::Tensor& x, const ForwardContext& context) const override;
  at::Tensor forward_sparse(const SparseCode& code, const ForwardContext& context) const override;
  std::shared_ptr<torch::nn::Module> module() const override { return linear_.ptr(); }
  at::Tensor matrix() const override { return linear_->weight; }
  at::Tensor bias() const override { return linear_->bias; }
  ValueId append_to(Operations& operations, ValueId input) const override {
    return operations.add(op::Affine{.weight = linear_->weight, .bias = linear_->bias}, kind(),
                          {input}, output());
  }

 private:
  torch::nn::Linear linear_;
  bool sparse_input_;
};

/// Fully connected layer with the transposed weights of another layer and a bias of its own.
class TiedLinearLayer : public Layer {
 public:
  explicit TiedLinearLayer(torch::nn::Linear source);

  at::Tensor forward(const at::Tensor& x, const ForwardContext& context) const override;
  std::shared_ptr<torch::nn::Module> module() const override { return module_; }
  at::Tensor bias() const override { return bias_; }
  ValueId append_to(Operations& operations, ValueId input) const override {
    return operations.add(op::Affine{.weight = source_->weight, .bias = bias_, .transposed = true},
                          "model.tied", {input}, output());
  }

 private:
  torch::nn::Linear source_;  // not registered: it belongs to the encoder
  std::shared_ptr<torch::nn::Module>
      module_;  // holds the bias, under the name of an untied layer's
  at::Tensor bias_;
};

/// Concatenates ForwardContext::condition to each row: [B, D] to [B, D + classes].
class ConditionLayer : public Layer {
 public:
  ConditionLayer(int64_t width, int64_t classes)
      : Layer("", {width + classes}), classes_(classes) {}
  at::Tensor forward(const at::Tensor& x, const ForwardContext& context) const override;
  ValueId append_to(Operations& operations, ValueId input) const override {
    return operations.add(op::Concatenate{classes_}, "model.conditional", {input}, output());
  }

 private:
  int64_t classes_;
};

/// Reshapes each sample; images become channels-last, the fastest memory format of convolutions.
class ReshapeLayer : public Layer {
 public:
  using Layer::Layer;
  at::Tensor forward(const at::Tensor& x, const ForwardContext& context) const override;
  ValueId append_to(Operations& operations, ValueId input) const override {
    return operations.add(op::Reshape{}, "reshape", {input}, output());
  }
};

}  // namespace ae
