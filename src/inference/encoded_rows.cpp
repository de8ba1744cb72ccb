#include "inference/encoded_rows.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>
#include <spdlog/spdlog.h>

#include <algorithm>

#include "core/error.h"
#include "core/text.h"
#include "engine/batch.h"
#include "inference/data_stream.h"

namespace ae {
namespace {

/// Sums of codes, for their spread.
struct CodeSums {
  int64_t count = 0;
  at::Tensor sum;
  at::Tensor squares;
};

/// True if the standard deviations of all codes of the file are used.
bool uses_spread(const TrainedModel& trained, const SampleRequest& request) {
  return !request.traverse.empty() || (request.variations && !trained.model->has_prior());
}

}  // namespace

EncodedRows encoded_rows(const TrainedModel& trained, const SampleRequest& request,
                         const std::optional<int64_t>& label) {
  Autoencoder& model = *trained.model;
  if (model.classes() > 0 && !label) {
    throw usage_error("--rows: this model is conditional; give the rows' label with --label");
  }
  const int64_t z = model.latent_dim();
  EncodedRows out{at::empty({static_cast<int64_t>(request.rows.size()), z}), {}, {}};
  if (model.has_prior()) out.sigma = at::empty_like(out.codes);
  CodeSums sums{0, at::zeros({z}, at::kDouble), at::zeros({z}, at::kDouble)};
  DataStream stream(request.data, trained.info.preprocessing,
                    {.chunk_rows = stream_rows(model.widest()), .device = trained.device});
  const bool to_the_end = uses_spread(trained, request);
  const int64_t last = *std::ranges::max_element(request.rows);
  while (to_the_end || sums.count <= last) {
    const std::optional<RowChunk> chunk = stream.next();
    if (!chunk) break;
    const auto count = static_cast<int64_t>(chunk->rows.size());
    ForwardContext context;
    if (label) {
      context.condition = model.condition(at::full({count}, *label, at::kLong).to(trained.device));
    }
    const RowNoise noise(
        {.seed = static_cast<uint64_t>(trained.info.experiment.seed), .epoch = kEvaluationEpoch},
        chunk->rows, trained.device);
    const Posterior posterior =
        model.encode(Batch(*chunk->source, chunk->rows, noise).input(), context);
    const at::Tensor codes = posterior.code().cpu();
    sums.sum += codes.to(at::kDouble).sum(0);
    sums.squares += codes.to(at::kDouble).square().sum(0);
    for (size_t i = 0; i < request.rows.size(); ++i) {
      const int64_t place = request.rows[i] - sums.count;
      if (place < 0 || place >= count) continue;
      out.codes[static_cast<int64_t>(i)].copy_(codes[place]);
      if (out.sigma.defined()) {
        out.sigma[static_cast<int64_t>(i)].copy_(posterior.log_variance[place].mul(0.5).exp());
      }
    }
    sums.count += count;
  }
  for (const int64_t row : request.rows) {
    if (row < sums.count) continue;
    throw usage_error("--rows {}: {} has {} rows, counted from 0", row, request.data.string(),
                      grouped(sums.count));
  }
  if (const auto finding = stream.outside_training_range()) spdlog::warn("{}", *finding);
  const at::Tensor mean = sums.sum / static_cast<double>(sums.count);
  out.spread = (sums.squares / static_cast<double>(sums.count) - mean.square())
                   .clamp_min(0)
                   .sqrt()
                   .to(at::kFloat);
  return out;
}

}  // namespace ae
