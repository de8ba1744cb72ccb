#include "models/network.h"

#include <spdlog/fmt/fmt.h>

#include "core/text.h"
#include "models/weight_limit.h"

#define AE_NETWORKS(part) part(linear) part(mlp) part(conv)

namespace ae {

AE_PART_TABLE(NetworkSpec, networks, AE_NETWORKS)

torch::nn::Linear linear_layer(int64_t inputs, int64_t outputs) {
  WeightLimit::add(fmt::format("its layer from {} to {} values", grouped(inputs), grouped(outputs)),
                   static_cast<double>(inputs) * static_cast<double>(outputs),
                   "widths (hidden, latent_dim)");
  return torch::nn::Linear(inputs, outputs);
}

at::Tensor projected(const at::Tensor& features, const torch::nn::Linear& layer) {
  return at::linear(features, layer->weight, layer->bias).to(layer->weight.scalar_type());
}

torch::nn::Linear column_major_linear_layer(int64_t inputs, int64_t outputs) {
  torch::nn::Linear layer = linear_layer(inputs, outputs);
  layer->weight.set_data(layer->weight.detach().t().contiguous().t());
  return layer;
}

LayerSummary linear_summary(std::string name, const torch::nn::Linear& layer) {
  const int64_t outputs = layer->weight.size(0);
  return {std::move(name), "Linear", {outputs}, layer->weight.numel() + outputs};
}

}  // namespace ae
