#include "engine/weight_layout.h"

#include <c10/core/GradMode.h>

#include <span>

#include "engine/narrow_program.h"

namespace ae {
namespace {

/// Of what has passed an activation, and of its gradient.
double zeros_after(const Elementwise& activation) {
  return activation.kind == Elementwise::Kind::relu ? 0.5 : 0;
}

/// @param zeros  share of zeros in what the first layer is given
/// @return       the same of what the last one gives
double lay_out(std::span<const LoweredLayer> layers, double zeros) {
  for (const LoweredLayer& layer : layers) {
    const double zeros_before = zeros;
    zeros = std::visit([](const auto& each) { return zeros_after(each.activation); }, layer);
    const auto* linear = std::get_if<LoweredLinear>(&layer);
    if (linear == nullptr || zeros_before <= zeros) continue;
    at::Tensor weight = linear->weight;
    weight.set_data(weight.t().contiguous().t());
  }
  return zeros;
}

}  // namespace

void lay_out_weights(const Autoencoder& model, const Objective& objective, double zeros_in_data) {
  const LoweredModel lowered = objective.lowered(model);
  if (lowered.refusal() || is_narrow(lowered, objective)) return;
  const c10::NoGradGuard no_grad;
  const double zeros = lay_out(lowered.encoder, zeros_in_data);
  const std::span<const LoweredLayer> decoder = lowered.decoder;
  if (lowered.top_k) {
    // A code of few active latents has a layout of its own.
    lay_out(decoder.subspan(1), 0);
    return;
  }
  for (const LoweredLayer& layer : lowered.latent) lay_out({&layer, 1}, zeros);
  lay_out(decoder, 0);
}

}  // namespace ae
