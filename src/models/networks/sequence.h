#pragma once

#include <memory>
#include <string>
#include <vector>

#include "models/network.h"

namespace ae {

/// A step of a Sequence.
class Layer {
 public:
  /// @param kind    "Linear", "relu", as people read it; empty for a step for which
  ///                torch.nn.Sequential would hold no module: it takes no number there
  /// @param output  shape of one sample's output
  Layer(std::string kind, std::vector<int64_t> output)
      : kind_(std::move(kind)), output_(std::move(output)) {}
  virtual ~Layer() = default;

  virtual at::Tensor forward(const at::Tensor& x, const ForwardContext& context) const = 0;
  /// The same of a code of which few values are not 0.
  virtual at::Tensor forward_sparse(const SparseCode& code, const ForwardContext& context) const {
    return forward(code.dense(), context);
  }

  const std::string& kind() const { return kind_; }
  const std::vector<int64_t>& output() const { return output_; }
  /// What holds its parameters; null where it has none.
  virtual std::shared_ptr<torch::nn::Module> module() const { return nullptr; }
  /// Of a linear layer with weights of its own, [out, in]; else undefined.
  virtual at::Tensor matrix() const { return {}; }
  /// What is added for each output, or for each channel of it; undefined where nothing is.
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

/// Layers one after another. Their parameters are named by their places, as in
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
  /// @param input  shape of what goes in
  explicit Sequence(std::vector<int64_t> input) : input_(std::move(input)) {}

  void add(std::shared_ptr<const Layer> layer);
  /// Shape of what comes out of the layers so far.
  const std::vector<int64_t>& shape() const {
    return layers_.empty() ? input_ : layers_.back()->output();
  }
  /// The number that the next layer gets.
  int64_t next_place() const { return next_place_; }

 private:
  /// Passes h through the layers from the given one on.
  at::Tensor pass_on(at::Tensor h, size_t first, const ForwardContext& context) const;
  /// Shows a layer's output to who watches.
  void show(size_t layer, const at::Tensor& output, const ForwardContext& context) const;

  std::vector<int64_t> input_;
  std::vector<std::shared_ptr<const Layer>> layers_;
  int64_t next_place_ = 0;
};

/// Values of one sample.
int64_t values_of(const std::vector<int64_t>& shape);

}  // namespace ae
