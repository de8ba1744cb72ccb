#pragma once

#include "models/activation.h"
#include "models/networks/sequence.h"
#include "models/normalization.h"

namespace ae {

/// Which half of the model a network is.
enum class Side { encoder, decoder };

/// "model.encoder", as messages name it.
std::string option_of(Side side);

/// What follows each hidden layer.
struct TailOptions {
  Part<Activation> activation{"relu"};
  Part<NormalizationSpec> normalization{"none"};
  double dropout = 0;

  void visit(OptionVisitor& visitor);
};

/// A sequence of the layers below.
class LayerStack : public Sequence {
 protected:
  LayerStack(Side side, std::vector<int64_t> input) : Sequence(std::move(input)), side_(side) {}

  /// Normalisation, activation and dropout, those of them that there are.
  void add_tail(const TailOptions& tail);
  Side side() const { return side_; }

 private:
  Side side_;
};

/// A fully connected layer.
class LinearLayer : public Layer {
 public:
  /// @param sparse_input  it may be given a SparseCode
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

/// A fully connected layer with the transposed weights of another; its bias is its own.
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
  torch::nn::Linear source_;                   // not registered: it belongs to the encoder
  std::shared_ptr<torch::nn::Module> module_;  // gives the bias an untied layer's name
  at::Tensor bias_;
};

/// Pass::condition behind each row: [B, D] to [B, D + classes].
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

/// The same values in another shape; of images in the memory format that convolutions are fastest
/// in.
class ReshapeLayer : public Layer {
 public:
  using Layer::Layer;
  at::Tensor forward(const at::Tensor& x, const ForwardContext& context) const override;
  ValueId append_to(Operations& operations, ValueId input) const override {
    return operations.add(op::Reshape{}, "reshape", {input}, output());
  }
};

}  // namespace ae
