#include "models/networks/dense.h"

#include <ATen/ops/linear.h>
#include <ATen/ops/zeros.h>
#include <spdlog/fmt/fmt.h>

#include <algorithm>

namespace ae {

DenseNetwork::DenseNetwork(const std::vector<int64_t>& widths, const Part<Activation>& activation,
                           bool activate_last)
    : widths_(widths),
      activation_(activation.share()),
      activation_name_(activation.type()),
      activate_last_(activate_last) {
  for (size_t i = 0; i + 1 < widths.size(); ++i) {
    layers_.push_back(
        register_module(std::to_string(2 * i), linear_layer(widths[i], widths[i + 1])));
  }
}

at::Tensor DenseNetwork::forward(const at::Tensor& x) {
  at::Tensor h = x;
  for (size_t i = 0; i < layers_.size(); ++i) {
    h = at::linear(h, layers_[i]->weight, layers_[i]->bias);
    if (activate_last_ || i + 1 < layers_.size()) h = activation_->forward(h);
  }
  return h;
}

void DenseNetwork::describe(const std::string& prefix, std::vector<LayerSummary>& layers) const {
  for (size_t i = 0; i < layers_.size(); ++i) {
    const std::vector<int64_t> shape = {widths_[i + 1]};
    const int64_t parameters = widths_[i + 1] * (widths_[i] + 1);
    layers.push_back({fmt::format("{}.{}", prefix, 2 * i), "Linear", shape, parameters});
    if (activate_last_ || i + 1 < layers_.size()) {
      layers.push_back({fmt::format("{}.{}", prefix, 2 * i + 1), activation_name_, shape, 0});
    }
  }
}

TiedDenseNetwork::TiedDenseNetwork(std::vector<torch::nn::Linear> sources,
                                   const Part<Activation>& activation)
    : sources_(std::move(sources)),
      activation_(activation.share()),
      activation_name_(activation.type()) {
  std::reverse(sources_.begin(), sources_.end());
  for (size_t i = 0; i < sources_.size(); ++i) {
    // A module of its own gives the bias the name that an untied layer's bias has.
    auto layer = std::make_shared<torch::nn::Module>();
    biases_.push_back(
        layer->register_parameter("bias", at::zeros({sources_[i]->weight.size(1)}, at::kFloat)));
    register_module(std::to_string(2 * i), layer);
  }
}

at::Tensor TiedDenseNetwork::forward(const at::Tensor& x) {
  at::Tensor h = x;
  for (size_t i = 0; i < sources_.size(); ++i) {
    h = at::linear(h, sources_[i]->weight.t(), biases_[i]);
    if (i + 1 < sources_.size()) h = activation_->forward(h);
  }
  return h;
}

void TiedDenseNetwork::describe(const std::string& prefix,
                                std::vector<LayerSummary>& layers) const {
  for (size_t i = 0; i < sources_.size(); ++i) {
    const int64_t width = biases_[i].size(0);
    layers.push_back({fmt::format("{}.{}", prefix, 2 * i), "Linear (tied)", {width}, width});
    if (i + 1 < sources_.size()) {
      layers.push_back({fmt::format("{}.{}", prefix, 2 * i + 1), activation_name_, {width}, 0});
    }
  }
}

}  // namespace ae
