#include "training/resampling.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/searchsorted.h>

#include "core/error.h"

namespace ae {

void ResamplingOptions::visit(OptionVisitor& visitor) {
  every.declare_length(visitor, "every",
                       "Interval between resamplings; none in the last interval of training.");
  visitor.option("encoder_scale", encoder_scale, above(0),
                 "Norm of a resampled latent's encoder weights, as a fraction of the mean norm of "
                 "live latents.");
}

void ResamplingOptions::check(const ModelOptions& model, const std::string& config) const {
  if (!model.latent->is_sparse()) {
    throw usage_error(
        "{}: training.resample_dead needs latents that can be exactly 0; those of model.latent "
        "\"{}\" cannot: take activation \"relu\", or latent \"top_k\" or \"jump_relu\"",
        config, model.latent.type());
  }
  if (model.encoder.type() != "linear" || model.decoder.type() != "linear" || model.tied) {
    throw usage_error(
        "{}: training.resample_dead needs encoder and decoder \"linear\", not tied, so that each "
        "latent has weights of its own to resample",
        config);
  }
  if (model.freezes("latent") || model.freezes("decoder")) {
    throw usage_error(
        "{}: training.resample_dead contradicts model.freeze {}, whose weights it would replace; "
        "leave one of them out",
        config, brief(Json(model.freeze)));
  }
}

at::Tensor rows_by_squared_error(const at::Tensor& errors, const at::Tensor& u) {
  const at::Tensor cumulative = errors.to(at::kDouble).square().cumsum(0);  // [N]
  const at::Tensor total = cumulative[errors.size(0) - 1];
  // Rounding may place the last value past the end.
  return at::searchsorted(cumulative, u.to(at::kDouble) * total, /*out_int32=*/false,
                          /*right=*/true)
      .clamp_max(errors.size(0) - 1);
}

}  // namespace ae
