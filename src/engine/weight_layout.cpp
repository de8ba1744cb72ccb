#include "engine/weight_layout.h"

#include <c10/core/GradMode.h>

#include <span>

#include "engine/fusion.h"
#include "engine/small/small_network_executor.h"

namespace ae {
namespace {

/// Expected fraction of zeros in a layer's output, and in the gradient of its pre-activations.
double zeros_after(const FusedLayer& layer) {
  return activation_of(layer).kind == PointwiseActivation::Kind::relu ? 0.5 : 0.0;
}

/// @param zeros  fraction of zeros in the input of the first layer
/// @return       fraction of zeros in the output of the last layer
double lay_out(std::span<const FusedLayer> layers, double zeros) {
  for (const FusedLayer& layer : layers) {
    const double zeros_before = zeros;
    zeros = zeros_after(layer);
    const auto* linear = std::get_if<FusedLinear>(&layer);
    if (linear == nullptr || zeros_before <= zeros) continue;
    at::Tensor weight = linear->weight;
    weight.set_data(weight.t().contiguous().t());
  }
  return zeros;
}

}  // namespace

void lay_out_weights(const Autoencoder& model, const Objective& objective, double zeros_in_data) {
  const FusedPlan plan = fuse(objective.operations(model));
  if (plan.unsupported || is_small_network(plan, objective)) return;
  const c10::NoGradGuard no_grad;
  const double zeros_in_input = plan.pre_encoder_bias ? 0 : zeros_in_data;
  const double zeros = lay_out(plan.encoder, zeros_in_input);
  const std::span<const FusedLayer> decoder = plan.decoder;
  if (plan.top_k) {
    // The first layer after a sparse code has a fixed layout.
    lay_out(decoder.subspan(1), zeros_after(decoder.front()));
    return;
  }
  double zeros_in_code = 0;
  for (const FusedLayer& layer : plan.latent) zeros_in_code = lay_out({&layer, 1}, zeros);
  const bool is_gaussian = plan.latent.size() > 1;
  lay_out(decoder, is_gaussian ? 0 : zeros_in_code);
}

}  // namespace ae
