#include "training/resampling.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/searchsorted.h>

#include "core/error.h"

namespace ae {

void ResamplingOptions::visit(OptionVisitor& visitor) {
  every.declare_length(visitor, "every", "How often; not in the last such interval of training.");
  visitor.option("encoder_scale", encoder_scale, above(0),
                 "Length of a new latent's encoder weights, as a share of the living ones' mean.");
}

void ResamplingOptions::check(const ModelOptions& model, const std::string& config) const {
  if (!model.latent->is_sparse()) {
    throw usage_error(
        "{}: training.resample_dead needs latents that can be exactly 0; model.latent \"{}\" has "
        "none: take activation \"relu\", \"top_k\" or \"jump_relu\"",
        config, model.latent.type());
  }
  if (model.encoder.type() != "linear" || model.decoder.type() != "linear" || model.tied) {
    throw usage_error(
        "{}: training.resample_dead needs encoder and decoder \"linear\", not tied, so that a "
        "latent has weights of its own to begin anew",
        config);
  }
}

at::Tensor rows_by_squared_error(const at::Tensor& errors, const at::Tensor& u) {
  const at::Tensor cumulative = errors.to(at::kDouble).square().cumsum(0);  // [N]
  const at::Tensor total = cumulative[errors.size(0) - 1];
  // Past the last row only by a rounding error.
  return at::searchsorted(cumulative, u.to(at::kDouble) * total, /*out_int32=*/false,
                          /*right=*/true)
      .clamp_max(errors.size(0) - 1);
}

}  // namespace ae
