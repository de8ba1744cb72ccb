#include "models/networks/sequence.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>

#include "core/sizes.h"

namespace ae {

int64_t values_of(const std::vector<int64_t>& shape) { return checked_element_count(shape); }

void Sequence::add(std::shared_ptr<const Layer> layer) {
  if (const auto module = layer->module()) register_module(std::to_string(next_index_), module);
  if (!layer->kind().empty()) ++next_index_;
  layers_.push_back(std::move(layer));
}

at::Tensor Sequence::forward(const at::Tensor& x, const ForwardContext& context) {
  return forward_from(x, 0, context);
}

at::Tensor Sequence::forward_from(at::Tensor h, size_t first, const ForwardContext& context) const {
  for (size_t i = first; i < layers_.size(); ++i) {
    h = layers_[i]->forward(h, context);
    notify(i, h, context);
  }
  return h;
}

void Sequence::notify(size_t layer, const at::Tensor& output, const ForwardContext& context) const {
  if (context.watch == nullptr || layers_[layer]->kind().empty()) return;
  const auto place = std::count_if(layers_.begin(), layers_.begin() + static_cast<int64_t>(layer),
                                   [](const auto& before) { return !before->kind().empty(); });
  context.watch->see(fmt::format("{} ({})", place, layers_[layer]->kind()), output);
}

at::Tensor Sequence::forward_sparse(const SparseCode& code, const ForwardContext& context) {
  if (layers_.empty()) return code.dense();
  const at::Tensor h = layers_.front()->forward_sparse(code, context);
  notify(0, h, context);
  return forward_from(h, 1, context);
}

int64_t Sequence::outputs() const { return values_of(shape()); }

void Sequence::describe(const std::string& prefix, std::vector<LayerSummary>& layers) const {
  int64_t place = 0;
  for (const auto& layer : layers_) {
    if (layer->kind().empty()) continue;
    int64_t parameters = 0;
    if (const auto module = layer->module()) {
      for (const at::Tensor& parameter : module->parameters()) parameters += parameter.numel();
    }
    layers.push_back(
        {fmt::format("{}.{}", prefix, place++), layer->kind(), layer->output(), parameters});
  }
}

at::Tensor Sequence::first_weight() const {
  return layers_.empty() ? at::Tensor() : layers_.front()->matrix();
}

at::Tensor Sequence::output_bias() const {
  return layers_.empty() ? at::Tensor() : layers_.back()->bias();
}

bool Sequence::set_output_bias(const at::Tensor& values) {
  const auto last = std::find_if(layers_.rbegin(), layers_.rend(),
                                 [](const auto& layer) { return layer->bias().defined(); });
  if (last == layers_.rend()) return false;
  const at::Tensor bias = (*last)->bias();
  bias.copy_(values.view({bias.size(0), -1}).mean(1));
  return true;
}

bool Sequence::couples_rows() const {
  return std::any_of(layers_.begin(), layers_.end(),
                     [](const auto& layer) { return layer->couples_rows(); });
}

ValueId Sequence::append_to(Operations& operations, ValueId input) const {
  for (const auto& layer : layers_) input = layer->append_to(operations, input);
  return input;
}

}  // namespace ae
