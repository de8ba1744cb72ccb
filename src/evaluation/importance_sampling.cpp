#include "evaluation/importance_sampling.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/logsumexp.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "engine/thread_team.h"
#include "models/repeat_rows.h"

namespace ae {
namespace {

/// Values of a layer that are computed at once: 8 MB of float32.
constexpr int64_t kValuesAtOnce = int64_t{1} << 21;

/// log p(x, z) - log q(z|x) of draws of a batch's rows, in which the constants of the two Gaussians
/// cancel. [B, draws]
at::Tensor log_weights(Autoencoder& model, const Batch& batch, const Posterior& posterior,
                       const ForwardContext& context, int64_t draws, uint32_t layer) {
  const int64_t width = posterior.mean.size(1);
  const at::Tensor standard = batch.noise()
                                  .normal(Purpose::likelihood, draws * width, layer)
                                  .to(posterior.mean.scalar_type())
                                  .view({batch.samples(), draws, width});
  const at::Tensor sigma = posterior.log_variance.mul(0.5).exp();
  const at::Tensor codes = posterior.mean.unsqueeze(1) + sigma.unsqueeze(1) * standard;
  const at::Tensor log_ratio = (standard.square() - codes.square()).sum(2).mul(0.5) +
                               posterior.log_variance.sum(1, /*keepdim=*/true).mul(0.5);
  const at::Tensor output = model.decode(codes.view({-1, width}), context);
  const at::Tensor errors =
      model.reconstruction().per_sample(output, repeat_rows(batch.target(), draws));
  return log_ratio.to(at::kDouble) - errors.view({-1, draws}).to(at::kDouble);
}

/// Figures of some rows.
struct RowFigures {
  at::Tensor nats;       // [n]
  at::Tensor effective;  // [n]
};

RowFigures figures_of(Autoencoder& model, const Batch& batch, int64_t samples) {
  const ForwardContext context{.noise = &batch.noise(),
                               .condition = model.condition(batch.labels())};
  const Posterior posterior = model.encode(batch.input(), context);
  const int64_t at_once = std::max<int64_t>(1, kValuesAtOnce / (model.widest() * batch.samples()));
  std::vector<at::Tensor> parts;
  for (int64_t done = 0; done < samples; done += at_once) {
    parts.push_back(log_weights(model, batch, posterior, context, std::min(at_once, samples - done),
                                static_cast<uint32_t>(parts.size())));
  }
  const at::Tensor weights = at::cat(parts, 1);
  const at::Tensor total = at::logsumexp(weights, 1);
  const at::Tensor squares = at::logsumexp(2 * weights, 1);
  return {std::log(static_cast<double>(samples)) - total, (2 * total - squares).exp()};
}

}  // namespace

ImportanceSampledLikelihood importance_sampled_likelihood(
    Autoencoder& model, ChunkReader& reader, at::Device device,
    const ImportanceSamplingOptions& options) {
  ImportanceSampledLikelihood out{.samples = options.samples};
  std::vector<at::Tensor> nats;
  double effective = 0;
  ThreadTeam team(options.threads);
  run_over_rows(
      reader, team, {.seed = options.seed, .device = device, .type = options.type},
      [&](const Batch& batch) { return figures_of(model, batch, options.samples); },
      [&](const RowFigures& some) {
        nats.push_back(some.nats.cpu());
        effective += some.effective.sum().item<double>();
        out.rows += some.nats.size(0);
        if (options.progress) options.progress(out.rows);
      });
  const at::Tensor all = at::cat(nats);
  const auto rows = static_cast<double>(out.rows);
  out.nats = all.mean().item<double>();
  if (out.rows > 1) out.standard_error = all.std().item<double>() / std::sqrt(rows);
  out.effective_samples = effective / rows;
  return out;
}

}  // namespace ae
