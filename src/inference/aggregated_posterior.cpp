#include "inference/aggregated_posterior.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros_like.h>
#include <c10/core/GradMode.h>
#include <spdlog/fmt/fmt.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cmath>
#include <tuple>

#include "core/error.h"
#include "core/text.h"
#include "data/resident_rows.h"
#include "engine/batch.h"
#include "engine/row_loop.h"
#include "inference/data_stream.h"

namespace ae {
namespace {

void check_unconditional(const TrainedModel& trained) {
  if (trained.model->classes() == 0) return;
  throw usage_error(
      "--from aggregated_posterior: this model is conditional, and its codes depend on labels; "
      "sample from the prior (--from prior), or give codes to decode with --codes FILE.npy");
}

/// Codes of every stride-th row; the stride doubles when they become too many.
class CodesOfRows {
 public:
  CodesOfRows(const TrainedModel& trained, int64_t limit)
      : trained_(trained), codes_(at::empty({limit, trained.model->latent_dim()}, at::kDouble)) {}

  void add(ChunkReader& reader) {
    while (const std::optional<RowChunk> chunk = reader.next()) {
      std::vector<int64_t> some;
      std::vector<int64_t> places;
      for (const int64_t row : chunk->rows) {
        if (seen_ % stride_ == 0) {
          some.push_back(row);
          places.push_back(seen_);
        }
        ++seen_;
      }
      if (some.empty()) continue;
      const at::Tensor codes = encoded(*chunk->source, some);
      for (size_t i = 0; i < some.size(); ++i) {
        append(codes[static_cast<int64_t>(i)], places[i]);
      }
    }
  }

  /// [N, Z] float64
  at::Tensor codes() const { return codes_.narrow(0, 0, count_); }
  int64_t active_latents() const { return active_latents_; }

 private:
  at::Tensor encoded(const RowSource& source, const std::vector<int64_t>& rows) {
    const RowNoise noise(
        {.seed = static_cast<uint64_t>(trained_.info.experiment.seed), .epoch = kEvaluationEpoch},
        rows, trained_.device);
    const ForwardContext context{.noise = &noise};
    const Posterior posterior = trained_.model->encode(Batch(source, rows, noise).input(), context);
    if (posterior.sparse) active_latents_ = posterior.sparse->values.size(1);
    return trained_.model->sample(posterior, noise).cpu();
  }

  void append(const at::Tensor& code, int64_t place) {
    if (count_ == codes_.size(0)) {
      const at::Tensor even = at::arange(0, count_, 2, at::kLong);
      codes_.narrow(0, 0, even.size(0)).copy_(codes_.index_select(0, even));
      count_ = even.size(0);
      stride_ *= 2;
    }
    if (place % stride_ == 0) codes_[count_++].copy_(code);
  }

  const TrainedModel& trained_;
  at::Tensor codes_;
  int64_t count_ = 0;
  int64_t seen_ = 0;
  int64_t stride_ = 1;
  int64_t active_latents_ = 0;
};

/// @param path  of the rows, for messages
AggregatedPosterior fitted(const TrainedModel& trained, const CodesOfRows& rows,
                           const std::filesystem::path& path, int threads) {
  const at::Tensor codes = rows.codes();
  if (codes.size(0) < 2) {
    throw data_error("{}: a Gaussian mixture of codes needs at least two rows, and there {} {}",
                     path.string(), codes.size(0) == 1 ? "is" : "are", codes.size(0));
  }
  if (!codes.isfinite().all().item<bool>()) {
    throw data_error(
        "{}: codes are not finite: the model's weights are damaged, or rows are far from the data "
        "that it was trained on",
        path.string());
  }
  AggregatedPosterior out;
  out.selected = select_gaussian_mixture(
      codes, {.seed = static_cast<uint64_t>(trained.info.experiment.seed), .threads = threads});
  out.codes = codes.size(0);
  out.active_latents = rows.active_latents();
  out.has_prior = trained.model->has_prior();
  // Draws from a Gaussian posterior lie outside the bounds of its mean.
  if (!out.has_prior) out.bounds = trained.info.experiment.model.latent->code_bounds();
  return out;
}

const char* name_of(CovarianceType type) {
  return type == CovarianceType::full ? "full" : "diagonal";
}

Json finite_or_null(double bound) { return std::isfinite(bound) ? Json(bound) : Json(); }

}  // namespace

at::Tensor AggregatedPosterior::draw(int64_t first, int64_t count, uint64_t seed) const {
  at::Tensor drawn = draw_from_mixture(selected.fit.mixture, first, count, seed);
  if (active_latents > 0) {
    const auto [values, indices] = drawn.topk(active_latents, 1);
    drawn = at::zeros_like(drawn).scatter_(1, indices, values);
  }
  if (std::isfinite(bounds.low)) drawn.clamp_min_(bounds.low);
  if (std::isfinite(bounds.high)) drawn.clamp_max_(bounds.high);
  return drawn;
}

std::vector<std::string> AggregatedPosterior::lines() const {
  const MixtureFit& fit = selected.fit;
  std::vector<std::string> out = {fmt::format(
      "sampled from a Gaussian mixture of {} component{} ({} covariances) fitted to {} {} (BIC "
      "{:.6g}); {}",
      fit.mixture.components(), fit.mixture.components() == 1 ? "" : "s",
      name_of(fit.mixture.covariance_type), grouped(codes),
      file.empty() ? "training codes" : fmt::format("codes of {}", file.string()), fit.bic,
      has_prior ? "not from this model's prior" : "this model has no prior")};
  if (active_latents > 0) {
    out.push_back(
        fmt::format("of each sampled code the {} largest values are kept, as the latent "
                    "does; the others are 0",
                    active_latents));
  }
  if (std::isfinite(bounds.low) || std::isfinite(bounds.high)) {
    out.push_back(fmt::format("sampled codes are clamped to the latent's range, {:.4g} to {:.4g}",
                              bounds.low, bounds.high));
  }
  return out;
}

Json AggregatedPosterior::to_json() const {
  const MixtureFit& fit = selected.fit;
  Json out = {{"distribution", "aggregated_posterior"},
              {"components", fit.mixture.components()},
              {"covariance_type", name_of(fit.mixture.covariance_type)},
              {"codes", codes},
              {"codes_of", file.empty() ? "training rows" : file.string()},
              {"bic", fit.bic},
              {"log_likelihood", fit.log_likelihood / static_cast<double>(codes)},
              {"converged", fit.converged},
              {"model_has_prior", has_prior},
              {"code_range", {finite_or_null(bounds.low), finite_or_null(bounds.high)}},
              {"candidates", Json::array()}};
  if (active_latents > 0) out["active_latents"] = active_latents;
  for (const SelectedMixture::Candidate& tried : selected.candidates) {
    out["candidates"].push_back({{"components", tried.components}, {"bic", tried.bic}});
  }
  return out;
}

AggregatedPosterior fit_aggregated_posterior(const TrainedModel& trained, const RowSet& rows,
                                             int threads) {
  const c10::NoGradGuard no_grad;
  check_unconditional(trained);
  const int64_t limit = most_mixture_rows(trained.model->latent_dim());
  const int64_t count = std::min(limit, rows.count());
  RowSet some{rows.data, {}};
  for (int64_t i = 0; i < count; ++i) {
    some.rows.push_back(rows.rows[static_cast<size_t>(i * rows.count() / count)]);
  }
  SetReader reader(some, resident_pair(*rows.data, trained.info.preprocessing, trained.device),
                   stream_rows(trained.model->widest()));
  CodesOfRows codes(trained, limit);
  codes.add(reader);
  return fitted(trained, codes, rows.data->path, threads);
}

AggregatedPosterior fit_aggregated_posterior(const TrainedModel& trained,
                                             const std::filesystem::path& data, int threads) {
  const c10::NoGradGuard no_grad;
  check_unconditional(trained);
  DataStream stream(data, trained.info.preprocessing,
                    {.chunk_rows = stream_rows(trained.model->widest()), .device = trained.device});
  CodesOfRows codes(trained, most_mixture_rows(trained.model->latent_dim()));
  codes.add(stream);
  if (const auto finding = stream.outside_training_range()) spdlog::warn("{}", *finding);
  AggregatedPosterior out = fitted(trained, codes, data, threads);
  out.file = data;
  return out;
}

}  // namespace ae
