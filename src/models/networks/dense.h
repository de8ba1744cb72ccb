#pragma once

#include <memory>
#include <string>
#include <vector>

#include "models/activation.h"
#include "models/network.h"

namespace ae {

/// What a DenseNetwork is made of.
struct DenseLayout {
  std::vector<int64_t> widths;   ///< of the input and of each layer's output
  bool activate_last = false;    ///< an activation also follows the last layer
  bool takes_condition = false;  ///< the input's last values are Pass::condition
  bool sparse_input = false;     ///< few of many inputs are not 0
};

/// Fully connected layers with an activation between them. Parameters are named as in
/// torch.nn.Sequential(Linear, activation, Linear, …): "0.weight", "2.weight".
class DenseNetwork : public Network {
 public:
  DenseNetwork(const DenseLayout& layout, const Part<Activation>& activation);

  at::Tensor forward(const at::Tensor& x, const Pass& pass) override;
  at::Tensor forward_sparse(const SparseCode& code, const Pass& pass) override;
  int64_t outputs() const override { return layout_.widths.back(); }
  void describe(const std::string& prefix, std::vector<LayerSummary>& layers) const override;
  at::Tensor first_weight() const override;
  at::Tensor output_bias() const override;
  bool set_output_bias(const at::Tensor& values) override;
  const std::vector<torch::nn::Linear>& layers() const { return layers_; }

 private:
  /// The layers from `first` on.
  at::Tensor rest(at::Tensor h, size_t first) const;

  DenseLayout layout_;
  std::vector<torch::nn::Linear> layers_;
  std::shared_ptr<const Activation> activation_;
  std::string activation_name_;
};

/// The layers of a DenseNetwork and a projection, backwards, by their transposed weights.
class TiedDenseNetwork : public Network {
 public:
  TiedDenseNetwork(std::vector<torch::nn::Linear> sources, const Part<Activation>& activation);

  at::Tensor forward(const at::Tensor& x, const Pass& pass) override;
  int64_t outputs() const override { return biases_.back().size(0); }
  void describe(const std::string& prefix, std::vector<LayerSummary>& layers) const override;
  at::Tensor output_bias() const override { return biases_.back(); }
  bool set_output_bias(const at::Tensor& values) override;

 private:
  std::vector<torch::nn::Linear> sources_;  // not registered: they belong to the encoder
  std::vector<at::Tensor> biases_;
  std::shared_ptr<const Activation> activation_;
  std::string activation_name_;
};

}  // namespace ae
