#include "evaluation/evaluate.h"

#include <ATen/TensorOperators.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "core/error.h"
#include "data/resident_rows.h"
#include "engine/loss_terms.h"
#include "engine/row_loop.h"
#include "inference/data_stream.h"
#include "models/objective.h"
#include "training/model_input.h"

namespace ae {
namespace {

double total(const at::Tensor& values) { return values.nansum().item<double>(); }

/// @param values  [Z]
std::vector<double> listed(const at::Tensor& values) {
  const at::Tensor all = values.to(at::kCPU, at::kDouble).contiguous();
  return {all.const_data_ptr<double>(), all.const_data_ptr<double>() + all.numel()};
}

Json latents_json(const LatentStatistics& latents, bool has_exact_zeros) {
  Json json = {{"variance", listed(latents.variance())}};
  if (const at::Tensor kl = latents.kl(); kl.defined()) {
    json["kl"] = listed(kl);
    json["active_units"] = latents.active_units();
  }
  if (has_exact_zeros) {
    const at::Tensor density = latents.density();
    json["density"] = listed(density);
    json["never_active"] = density.eq(0).to(at::kDouble).mean().item<double>();
  }
  return json;
}

}  // namespace

Json Evaluation::to_json() const {
  const auto figures = [&](double squared) -> Json {
    Json json = {{"squared_error", squared}, {"mse", squared / observed}};
    if (variance > 0) json["variance_explained"] = 1 - squared / variance;
    return json;
  };
  Json loss = Json::object();
  for (const auto& [term, value] : terms) loss[term] = value;
  Json pca = figures(pca_squared_error);
  pca["components"] = pca_components;
  return {{"split", split},
          {"path", path},
          {"rows", rows},
          {"features", features},
          {"objective", loss},
          {"model", figures(squared_error)},
          {"pca", pca},
          {"mean_predictor", figures(mean_squared_error)},
          {"latents", latents_json(latents, has_exact_zeros)}};
}

Evaluation evaluate_run(const TrainedModel& trained, const EvaluationData& data, const Pca& pca,
                        const Interrupted& interrupted) {
  const c10::NoGradGuard no_grad;
  const Experiment& experiment = trained.info.experiment;
  if (trained.model->classes() > 0) {
    check_labels(data.rows, trained.info.preprocessing, "--labels");
  }
  Evaluation out;
  out.split = data.name;
  out.path = data.rows.data->path.string();
  out.rows = data.rows.count();
  out.features = targets_of(data.rows).data->info.width();
  out.pca_components = pca.components.size(1);
  const Objective objective(experiment.model, experiment.objective, experiment.corruption,
                            input_of(experiment, data.splits));
  out.has_exact_zeros = objective.counts_active();
  // With coupled rows the loss is defined by whole batches.
  const bool coupled = objective.couples_rows() || trained.model->couples_rows();
  const int64_t chunk_rows =
      coupled ? experiment.training.batch_size
              : std::min(experiment.training.batch_size, stream_rows(trained.model->widest()));
  SetReader reader(data.rows,
                   resident_pair(*data.rows.data, trained.info.preprocessing, trained.device),
                   chunk_rows, trained.model->classes() > 0);
  LossTerms sums;
  // By feature, relative to the training rows' mean.
  at::Tensor sums_by_feature = at::zeros_like(pca.mean);
  at::Tensor squares = at::zeros_like(pca.mean);
  at::Tensor observed = at::zeros_like(pca.mean);
  const RowLoopOptions options{.seed = static_cast<uint64_t>(experiment.seed),
                               .device = trained.device,
                               .interrupted = interrupted};
  const bool done = for_each_batch(reader, options, [&](const Batch& batch) {
    const at::Tensor& x = batch.target();
    const ForwardContext context{.noise = &batch.noise(),
                                 .condition = trained.model->condition(batch.labels())};
    const BatchLoss loss =
        objective.evaluation(*trained.model, batch.pair(), context, objective.weights());
    sums.add(loss.terms, batch.samples());
    const Posterior posterior = trained.model->encode(batch.input(), context);
    out.latents.add(posterior);
    const at::Tensor decoded = trained.model->reconstruct(posterior.code(), x, context);
    // NaN: missing values, of which no error is counted.
    out.squared_error += total((decoded - x).to(at::kDouble).square());
    const at::Tensor rows = x.cpu().to(at::kDouble);
    out.pca_squared_error += total(pca.squared_error(rows));
    out.mean_squared_error += total((rows - pca.mean).square());
    const at::Tensor shifted = rows - pca.mean;
    sums_by_feature += shifted.nansum(0);
    squares += shifted.square().nansum(0);
    observed += rows.isnan().logical_not().sum(0);
  });
  if (!done) throw EvaluationInterrupted();
  const auto count = static_cast<double>(out.rows);
  out.terms = sums.means();
  out.squared_error /= count;
  out.pca_squared_error /= count;
  out.mean_squared_error /= count;
  const bool finite =
      std::isfinite(out.squared_error) &&
      std::ranges::all_of(out.terms, [](const auto& term) { return std::isfinite(term.second); });
  if (!finite) {
    throw data_error(
        "{}: the model's errors are not finite: its weights are damaged, or rows are far from the "
        "data that it was trained on",
        out.path);
  }
  // Of missing values neither an error nor a variance is counted.
  const double distances = total(squares - sums_by_feature.square() / observed);
  constexpr double kRounding = 1e-9;
  if (distances > kRounding * total(squares)) out.variance = distances / count;
  out.observed = total(observed) / count;
  return out;
}

}  // namespace ae
