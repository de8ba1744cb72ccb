#include "models/networks/dense.h"

namespace ae {

DenseNetwork::DenseNetwork(const DenseLayout& layout, const NormActivationOptions& norm_activation)
    : LayerStack(layout.side, {layout.widths.front()}) {
  if (layout.classes > 0) {
    add(std::make_shared<ConditionLayer>(layout.widths.front(), layout.classes));
  }
  for (size_t i = 1; i < layout.widths.size(); ++i) {
    const bool sparse = i == 1 && layout.sparse_input;
    const auto make = sparse ? column_major_linear_layer : linear_layer;
    layers_.push_back(make(shape().front(), layout.widths[i]));
    add(std::make_shared<LinearLayer>(layers_.back(), sparse));
    if (layout.activate_last || i + 1 < layout.widths.size()) add_norm_activation(norm_activation);
  }
}

TiedDenseNetwork::TiedDenseNetwork(const std::vector<torch::nn::Linear>& sources,
                                   const NormActivationOptions& norm_activation)
    : LayerStack(Side::decoder, {sources.front()->weight.size(0)}) {
  for (size_t i = 0; i < sources.size(); ++i) {
    add(std::make_shared<TiedLinearLayer>(sources[i]));
    if (i + 1 < sources.size()) add_norm_activation(norm_activation);
  }
}

}  // namespace ae
