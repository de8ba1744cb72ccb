#include "models/networks/dense.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/zeros.h>
#include <spdlog/fmt/fmt.h>

namespace ae {

DenseNetwork::DenseNetwork(const DenseLayout& layout, const Part<Activation>& activation)
    : layout_(layout), activation_(activation.share()), activation_name_(activation.type()) {
  const std::vector<int64_t>& widths = layout_.widths;
  for (size_t i = 0; i + 1 < widths.size(); ++i) {
    const auto make = i == 0 && layout_.sparse_input ? linear_layer_by_input : linear_layer;
    layers_.push_back(register_module(std::to_string(2 * i), make(widths[i], widths[i + 1])));
  }
}

at::Tensor DenseNetwork::rest(at::Tensor h, size_t first) const {
  for (size_t i = first; i < layers_.size(); ++i) {
    h = at::linear(h, layers_[i]->weight, layers_[i]->bias);
    if (layout_.activate_last || i + 1 < layers_.size()) h = activation_->forward(h);
  }
  return h;
}

at::Tensor DenseNetwork::forward(const at::Tensor& x, const Pass& pass) {
  return rest(layout_.takes_condition ? at::cat({x, pass.condition}, 1) : x, 0);
}

at::Tensor DenseNetwork::forward_sparse(const SparseCode& code, const Pass& pass) {
  if (!layout_.sparse_input) return forward(code.dense(), pass);
  const at::Tensor h = sparse_linear(code, layers_[0]->weight, layers_[0]->bias);
  return layers_.size() == 1 ? h : rest(activation_->forward(h), 1);
}

at::Tensor DenseNetwork::first_weight() const {
  return layers_.empty() ? at::Tensor() : layers_.front()->weight;
}

at::Tensor DenseNetwork::output_bias() const {
  return layers_.empty() ? at::Tensor() : layers_.back()->bias;
}

bool DenseNetwork::set_output_bias(const at::Tensor& values) {
  layers_.back()->bias.copy_(values);
  return true;
}

void DenseNetwork::describe(const std::string& prefix, std::vector<LayerSummary>& layers) const {
  for (size_t i = 0; i < layers_.size(); ++i) {
    const std::vector<int64_t> shape = {layout_.widths[i + 1]};
    const int64_t parameters = layout_.widths[i + 1] * (layout_.widths[i] + 1);
    layers.push_back({fmt::format("{}.{}", prefix, 2 * i), "Linear", shape, parameters});
    if (layout_.activate_last || i + 1 < layers_.size()) {
      layers.push_back({fmt::format("{}.{}", prefix, 2 * i + 1), activation_name_, shape, 0});
    }
  }
}

TiedDenseNetwork::TiedDenseNetwork(std::vector<torch::nn::Linear> sources,
                                   const Part<Activation>& activation)
    : sources_(std::move(sources)),
      activation_(activation.share()),
      activation_name_(activation.type()) {
  for (size_t i = 0; i < sources_.size(); ++i) {
    // A module of its own gives the bias the name that an untied layer's bias has.
    auto layer = std::make_shared<torch::nn::Module>();
    biases_.push_back(
        layer->register_parameter("bias", at::zeros({sources_[i]->weight.size(1)}, at::kFloat)));
    register_module(std::to_string(2 * i), layer);
  }
}

at::Tensor TiedDenseNetwork::forward(const at::Tensor& x, const Pass& /*pass*/) {
  at::Tensor h = x;
  for (size_t i = 0; i < sources_.size(); ++i) {
    h = at::linear(h, sources_[i]->weight.t(), biases_[i]);
    if (i + 1 < sources_.size()) h = activation_->forward(h);
  }
  return h;
}

bool TiedDenseNetwork::set_output_bias(const at::Tensor& values) {
  biases_.back().copy_(values);
  return true;
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
