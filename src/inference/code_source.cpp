#include "inference/code_source.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>
#include <c10/core/GradMode.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "core/error.h"
#include "core/random.h"
#include "core/text.h"
#include "engine/batch.h"
#include "inference/data_stream.h"
#include "inference/latent_paths.h"
#include "inference/row_output.h"
#include "io/formats/format.h"

namespace ae {
namespace {

CodeSource prior_codes(const TrainedModel& trained, const SampleRequest& request) {
  if (!trained.model->has_prior()) {
    throw usage_error(
        "{}: cannot sample from this model: its latent \"{}\" has no prior; train with kind "
        "\"vae\", or give codes to decode with --codes FILE.npy",
        trained.checkpoint.string(), trained.info.experiment.model.latent.type());
  }
  const int64_t z = trained.model->latent_dim();
  const int64_t rows = stream_rows(trained.model->widest());
  const auto next = [first = int64_t{0}, z, rows, count = request.count,
                     seed = request.seed]() mutable -> std::optional<at::Tensor> {
    const int64_t some = std::min(rows, count - first);
    if (some <= 0) return std::nullopt;
    first += some;
    return draw_from_prior(first - some, some, z, seed);
  };
  return {next};
}

CodeSource codes_of_file(const TrainedModel& trained, const SampleRequest& request) {
  Preprocessing as_they_are;
  as_they_are.shape = as_they_are.file_shape = {trained.model->latent_dim()};
  // Among the columns that ae-encode writes, the codes.
  const std::vector<std::string> codes = numbered("latent", trained.model->latent_dim());
  const std::vector<std::string> given = open_rows(request.codes)->info().columns;
  if (given.size() > codes.size() && std::equal(codes.begin(), codes.end(), given.begin())) {
    as_they_are.columns = codes;
  }
  const DataStream::Options options{.chunk_rows = stream_rows(trained.model->widest())};
  const auto stream = std::make_shared<DataStream>(request.codes, as_they_are, options);
  return {[stream]() -> std::optional<at::Tensor> {
    const std::optional<RowChunk> chunk = stream->next();
    if (!chunk) return std::nullopt;
    return chunk->source->gather(chunk->rows);
  }};
}

/// Codes that are at hand, given in portions.
CodeSource codes_of(const at::Tensor& codes, int64_t columns, const TrainedModel& trained) {
  const int64_t rows = stream_rows(trained.model->widest());
  const auto next = [codes, rows, first = int64_t{0}]() mutable -> std::optional<at::Tensor> {
    const int64_t some = std::min(rows, codes.size(0) - first);
    if (some <= 0) return std::nullopt;
    first += some;
    return codes.narrow(0, first - some, some);
  };
  return {next, columns};
}

/// Posterior of given rows, in the order of the request, and the spread of the file's codes.
struct EncodedRows {
  at::Tensor codes;   // [n, Z]
  at::Tensor sigma;   // [n, Z] of a Gaussian posterior; else undefined
  at::Tensor spread;  // [Z] standard deviation over the rows that were read
};

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

/// Reads the file to the last of the rows, or to its end if the spread of all codes is used.
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

/// A line for each pair of neighbours among the rows.
at::Tensor interpolations(const EncodedRows& rows, const SampleRequest& request) {
  std::vector<at::Tensor> lines;
  for (int64_t i = 0; i + 1 < rows.codes.size(0); ++i) {
    lines.push_back(interpolated_codes(rows.codes[i], rows.codes[i + 1], *request.interpolate,
                                       request.spherical));
  }
  return at::cat(lines);
}

/// A line for each row: its own code, then draws around it, by the posterior's standard deviations
/// or, without one, by those of all codes.
at::Tensor variations(const EncodedRows& rows, const SampleRequest& request) {
  const int64_t z = rows.codes.size(1);
  std::vector<at::Tensor> lines;
  for (int64_t i = 0; i < rows.codes.size(0); ++i) {
    const at::Tensor sigma = rows.sigma.defined() ? rows.sigma[i] : rows.spread;
    const at::Tensor standard =
        draw_from_prior(i * *request.variations, *request.variations, z, request.seed);
    lines.push_back(rows.codes[i].unsqueeze(0));
    lines.push_back(rows.codes[i] + request.temperature * sigma * standard);
  }
  return at::cat(lines);
}

/// A line for each row and latent; the prior's mean without rows.
at::Tensor traversals(const at::Tensor& codes, const at::Tensor& spread,
                      const SampleRequest& request) {
  std::vector<at::Tensor> lines;
  for (int64_t i = 0; i < codes.size(0); ++i) {
    for (const int64_t latent : request.traverse) {
      const double half = request.span * (spread.defined() ? spread[latent].item<double>() : 1.0);
      const double centre = spread.defined() ? codes[i][latent].item<double>() : 0;
      lines.push_back(
          traversed_codes(codes[i], latent, centre - half, centre + half, request.steps));
    }
  }
  return at::cat(lines);
}

void check_rows(const TrainedModel& trained, const SampleRequest& request) {
  for (const int64_t latent : request.traverse) {
    if (latent < trained.model->latent_dim()) continue;
    throw usage_error("--traverse {}: the model has {} latents, counted from 0", latent,
                      trained.model->latent_dim());
  }
  if (request.interpolate && request.rows.size() < 2) {
    throw usage_error("--interpolate: needs the rows to go between; name at least two with --rows");
  }
  if (!request.rows.empty() && !request.interpolate && !request.variations &&
      request.traverse.empty()) {
    throw usage_error(
        "--rows: needs --interpolate, --variations or --traverse; ae-encode --reconstruction "
        "decodes rows as they are");
  }
}

CodeSource grid_codes(const TrainedModel& trained, const SampleRequest& request) {
  if (trained.model->latent_dim() != 2) {
    throw usage_error("--manifold: shows two latents, and the model has {}; take --traverse",
                      trained.model->latent_dim());
  }
  if (!trained.model->has_prior()) {
    throw usage_error(
        "--manifold: shows the quantiles of the prior, and this model has none; take --traverse "
        "with rows of --data");
  }
  return codes_of(normal_grid(*request.manifold), *request.manifold, trained);
}

}  // namespace

CodeSource code_source(const TrainedModel& trained, const SampleRequest& request,
                       const std::optional<int64_t>& label) {
  const c10::NoGradGuard no_grad;
  if (!request.codes.empty()) return codes_of_file(trained, request);
  if (request.manifold) return grid_codes(trained, request);
  check_rows(trained, request);
  if (!request.traverse.empty() && request.rows.empty()) {
    if (!trained.model->has_prior()) {
      throw usage_error(
          "--traverse: this model has no prior to start from; name rows of --data with --rows");
    }
    const at::Tensor mean = at::zeros({1, trained.model->latent_dim()});
    return codes_of(traversals(mean, {}, request), request.steps, trained);
  }
  if (request.rows.empty()) return prior_codes(trained, request);
  const EncodedRows rows = encoded_rows(trained, request, label);
  if (request.interpolate) {
    return codes_of(interpolations(rows, request), *request.interpolate, trained);
  }
  if (request.variations) {
    return codes_of(variations(rows, request), *request.variations + 1, trained);
  }
  return codes_of(traversals(rows.codes, rows.spread, request), request.steps, trained);
}

}  // namespace ae
