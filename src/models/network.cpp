#include "models/network.h"

#include <spdlog/fmt/fmt.h>

#include "core/error.h"
#include "core/memory.h"
#include "core/text.h"

#define AE_NETWORKS(part) part(linear) part(mlp)

namespace ae {

AE_PART_TABLE(NetworkSpec, networks, AE_NETWORKS)

torch::nn::Linear linear_layer(int64_t inputs, int64_t outputs) {
  const int64_t available = available_memory_bytes();
  const auto needed = static_cast<double>(inputs) * static_cast<double>(outputs) * sizeof(float);
  if (needed > static_cast<double>(available)) {
    throw usage_error(
        "the model does not fit into memory: its layer from {} to {} values takes {:.4g} GB, "
        "{:.4g} "
        "GB are free; take smaller widths (hidden, latent_dim)",
        grouped(inputs), grouped(outputs), needed / 1e9, static_cast<double>(available) / 1e9);
  }
  return torch::nn::Linear(inputs, outputs);
}

torch::nn::Linear linear_layer_by_input(int64_t inputs, int64_t outputs) {
  torch::nn::Linear layer = linear_layer(inputs, outputs);
  layer->weight.set_data(layer->weight.detach().t().contiguous().t());
  return layer;
}

}  // namespace ae
