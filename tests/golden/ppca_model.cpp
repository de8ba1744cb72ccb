#include "ppca_model.h"

#include <ATen/Functions.h>

#include <cmath>
#include <vector>

#include "case.h"

namespace ae {

std::shared_ptr<Autoencoder> ppca_model(const Json& ppca) {
  std::vector<at::Tensor> rows;
  for (const Json& row : ppca.at("components")) rows.push_back(numbers(row, at::kDouble));
  const at::Tensor components = at::stack(rows);  // [K, D]
  const at::Tensor mean = numbers(ppca.at("mean"), at::kDouble);
  const double noise = ppca.at("noise_variance");
  const Experiment experiment = experiment_of(
      {{"model", {{"kind", "vae"}, {"encoder", "linear"}, {"latent_dim", components.size(0)}}},
       {"objective", {{"reconstruction", {{"type", "gaussian"}, {"sigma", std::sqrt(noise)}}}}}});
  auto model = model_of(experiment, components.size(1));
  model->to(at::kDouble);
  const at::Tensor variances = numbers(ppca.at("variances"), at::kDouble);
  const at::Tensor scale = (variances - noise).sqrt();  // [K]
  const at::Tensor projection = (scale / variances).unsqueeze(1) * components;
  const c10::NoGradGuard no_grad;
  auto parameters = model->named_parameters();
  parameters["latent.mean.weight"].copy_(projection);
  parameters["latent.mean.bias"].copy_(-projection.matmul(mean));
  parameters["latent.log_variance.weight"].zero_();
  parameters["latent.log_variance.bias"].copy_((noise / variances).log());
  for (auto& item : parameters) {
    if (!item.key().starts_with("decoder.")) continue;
    item.value().copy_(item.key().ends_with("weight") ? (scale.unsqueeze(1) * components).t()
                                                      : mean);
  }
  return model;
}

}  // namespace ae
