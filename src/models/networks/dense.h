#pragma once

#include <memory>
#include <string>
#include <vector>

#include "models/activation.h"
#include "models/network.h"

namespace ae {

/// Fully connected layers with an activation between them. Parameters are named as in
/// torch.nn.Sequential(Linear, activation, Linear, …): "0.weight", "2.weight".
class DenseNetwork : public Network {
 public:
  /// @param widths  of the input and of each layer's output
  /// @param activate_last  an activation also follows the last layer
  DenseNetwork(const std::vector<int64_t>& widths, const Part<Activation>& activation,
               bool activate_last);

  at::Tensor forward(const at::Tensor& x) override;
  int64_t outputs() const override { return widths_.back(); }
  void describe(const std::string& prefix, std::vector<LayerSummary>& layers) const override;
  const std::vector<torch::nn::Linear>& layers() const { return layers_; }

 private:
  std::vector<int64_t> widths_;
  std::vector<torch::nn::Linear> layers_;
  std::shared_ptr<const Activation> activation_;
  std::string activation_name_;
  bool activate_last_;
};

/// The layers of a DenseNetwork and a projection, backwards, by their transposed weights.
class TiedDenseNetwork : public Network {
 public:
  TiedDenseNetwork(std::vector<torch::nn::Linear> sources, const Part<Activation>& activation);

  at::Tensor forward(const at::Tensor& x) override;
  int64_t outputs() const override { return biases_.back().size(0); }
  void describe(const std::string& prefix, std::vector<LayerSummary>& layers) const override;

 private:
  std::vector<torch::nn::Linear> sources_;  // not registered: they belong to the encoder
  std::vector<at::Tensor> biases_;
  std::shared_ptr<const Activation> activation_;
  std::string activation_name_;
};

}  // namespace ae
