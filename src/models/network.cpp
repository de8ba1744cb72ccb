#include "models/network.h"

#include <spdlog/fmt/fmt.h>

#include "core/error.h"
#include "core/memory.h"
#include "core/text.h"

#define AE_NETWORKS(part) part(linear) part(mlp) part(conv)

namespace ae {

AE_PART_TABLE(NetworkSpec, networks, AE_NETWORKS)

void check_weights_fit(const std::string& layer, double weights, const char* remedy) {
  const auto available = static_cast<double>(available_memory_bytes());
  const double needed = weights * sizeof(float);
  if (needed <= available) return;
  throw usage_error(
      "the model does not fit into memory: {} takes {:.4g} GB, {:.4g} GB are free; take smaller "
      "{}",
      layer, needed / 1e9, available / 1e9, remedy);
}

torch::nn::Linear linear_layer(int64_t inputs, int64_t outputs) {
  check_weights_fit(
      fmt::format("its layer from {} to {} values", grouped(inputs), grouped(outputs)),
      static_cast<double>(inputs) * static_cast<double>(outputs), "widths (hidden, latent_dim)");
  return torch::nn::Linear(inputs, outputs);
}

at::Tensor projected(const at::Tensor& features, const torch::nn::Linear& layer) {
  return at::linear(features, layer->weight, layer->bias).to(layer->weight.scalar_type());
}

torch::nn::Linear linear_layer_by_input(int64_t inputs, int64_t outputs) {
  torch::nn::Linear layer = linear_layer(inputs, outputs);
  layer->weight.set_data(layer->weight.detach().t().contiguous().t());
  return layer;
}

LayerSummary linear_summary(std::string name, const torch::nn::Linear& layer) {
  const int64_t outputs = layer->weight.size(0);
  return {std::move(name), "Linear", {outputs}, layer->weight.numel() + outputs};
}

}  // namespace ae
