#pragma once

#include <memory>
#include <string>
#include <vector>

#include "models/network.h"

namespace ae {

/// Layer of a Sequence.
class Layer {
 public:
  /// @param kind    display name, "Linear" or "relu"; empty for a layer that has no module, and so
  ///                no number, in torch.nn.Sequential
  /// @param output  output shape of one sample
  Layer(std::string kind, std::vector<int64_t> output)
      : kind_(std::move(kind)), output_(std::move(output)) {}
  virtual ~Layer() = default;

  virtual at::Tensor forward(const at::Tensor& x, const ForwardContext& context) const = 0;
  /// forward() of a sparse code.
  virtual at::Tensor forward_sparse(const SparseCode& code, const ForwardContext& context) const {
    return forward(code.dense(), context);
  }

  const std::string& kind() const { return kind_; }
  const std::vector<int64_t>& output() const { return output_; }
  /// Module with the layer's parameters; null if it has none.
  virtual std::shared_ptr<torch::nn::Module> module() const { return nullptr; }
  /// Weights of a linear layer, [out, in]; undefined for tied weights and other layers.
  virtual at::Tensor matrix() const { return {}; }
  /// Bias of each output or output channel; undefined if there is none.
  virtual at::Tensor bias() const { return {}; }
  virtual bool couples_rows() const { return false; }
  /// Appends what it computes of `input`. @return its output
  virtual ValueId append_to(Operations& operations, ValueId input) const {
    return operations.add(op::Other{}, kind_, {input}, output_);
  }

 private:
  std::string kind_;
  std::vector<int64_t> output_;
};

/// Sequential layers. Parameters are named by layer number, as in
/// torch.nn.Sequential(Linear, activation, Linear, …): "0.weight", "2.weight".
class Sequence : public Network {
 public:
  at::Tensor forward(const at::Tensor& x, const ForwardContext& context) override;
  at::Tensor forward_sparse(const SparseCode& code, const ForwardContext& context) override;
  int64_t outputs() const override;
  void describe(const std::string& prefix, std::vector<LayerSummary>& layers) const override;
  at::Tensor first_weight() const override;
  at::Tensor output_bias() const override;
  bool set_output_bias(const at::Tensor& values) override;
  bool couples_rows() const override;
  ValueId append_to(Operations& operations, ValueId input) const override;

 protected:
  /// @param input  input shape of one sample
  explicit Sequence(std::vector<int64_t> input) : input_(std::move(input)) {}

  void add(std::shared_ptr<const Layer> layer);
  /// Output shape of the layers so far.
  const std::vector<int64_t>& shape() const {
    return layers_.empty() ? input_ : layers_.back()->output();
  }
  /// Number of the next layer.
  int64_t next_index() const { return next_index_; }

 private:
  /// Applies the layers from `first` on.
  at::Tensor forward_from(at::Tensor h, size_t first, const ForwardContext& context) const;
  /// Reports a layer's output to ForwardContext::watch.
  void notify(size_t layer, const at::Tensor& output, const ForwardContext& context) const;

  std::vector<int64_t> input_;
  std::vector<std::shared_ptr<const Layer>> layers_;
  int64_t next_index_ = 0;
};

/// Number of values of a shape.
int64_t values_of(const std::vector<int64_t>& shape);

}  // namespace ae
