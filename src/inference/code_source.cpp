#include "inference/code_source.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/zeros.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "core/error.h"
#include "inference/data_stream.h"
#include "inference/encoded_rows.h"
#include "inference/latent_paths.h"
#include "inference/row_output.h"
#include "io/formats/format.h"

namespace ae {
namespace {

/// @param draw  (first, count) -> codes [count, Z]
template <class Draw>
CodeSource drawn_codes(const TrainedModel& trained, int64_t count, const Draw& draw) {
  const int64_t rows = stream_rows(trained.model->widest());
  const auto next = [first = int64_t{0}, rows, count, draw]() mutable -> std::optional<at::Tensor> {
    const int64_t some = std::min(rows, count - first);
    if (some <= 0) return std::nullopt;
    first += some;
    return draw(first - some, some);
  };
  return {.next = next, .rows = count};
}

CodeSource sampled_codes(const TrainedModel& trained, const SampleRequest& request) {
  const uint64_t seed = request.seed;
  if (request.aggregated_posterior) {
    return drawn_codes(trained, request.count,
                       [&from = *request.aggregated_posterior, seed](int64_t first, int64_t count) {
                         return from.draw(first, count, seed);
                       });
  }
  if (!trained.model->has_prior()) {
    throw usage_error(
        "{}: cannot sample from this model: its latent \"{}\" has no prior; sample from the codes "
        "of its training rows with --from aggregated_posterior, train with kind \"vae\", or give "
        "codes to decode with --codes FILE.npy",
        trained.checkpoint.string(), trained.info.experiment.model.latent.type());
  }
  return drawn_codes(trained, request.count,
                     [z = trained.model->latent_dim(), seed](int64_t first, int64_t count) {
                       return draw_from_prior(first, count, z, seed);
                     });
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
  const auto next = [stream]() -> std::optional<at::Tensor> {
    const std::optional<RowChunk> chunk = stream->next();
    if (!chunk) return std::nullopt;
    return chunk->source->gather(chunk->rows);
  };
  return {.next = next, .rows = stream->count()};
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
  return {next, columns, codes.size(0)};
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
  if (request.rows.empty()) return sampled_codes(trained, request);
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
