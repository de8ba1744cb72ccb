#include "runs/evaluate.h"

#include <ATen/TensorOperators.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <span>

#include "core/error.h"
#include "data/resident_rows.h"
#include "data/splits.h"
#include "engine/term_sums.h"
#include "models/objective.h"
#include "runs/data_stream.h"
#include "runs/manifest.h"
#include "runs/pca.h"
#include "runs/run_paths.h"
#include "training/input.h"

namespace ae {
namespace {

/// Portions of a row set, scaled, on the CPU.
RowPortions portions_of(const RowSet& set, const Scaling& scaling) {
  const auto rows = std::make_shared<ResidentRows>(*set.data, scaling, at::kCPU);
  const auto step = static_cast<size_t>(stream_rows(set.data->info.width()));
  return [rows, step, &set] {
    return [rows, step, &set, begin = size_t{0}]() mutable -> std::optional<at::Tensor> {
      const std::span<const int64_t> all = set.rows;
      if (begin >= all.size()) return std::nullopt;
      const auto part = all.subspan(begin, std::min(step, all.size() - begin));
      begin += part.size();
      return rows->gather(part);
    };
  };
}

/// The run's data, where it was when the run was trained unless the user says otherwise.
Splits load_run_data(const TrainedModel& trained, const Json& manifest,
                     const std::string& data_root) {
  const Experiment& experiment = trained.info.experiment;
  DataLocations locations = recorded_locations(manifest);
  if (!data_root.empty()) locations.folders.insert(locations.folders.begin(), data_root);
  Splits splits = load_splits(experiment.data, locations, static_cast<uint64_t>(experiment.seed));
  const Json recorded = manifest.value("data", Json::object()).value("train", Json::object());
  if (recorded.value("fingerprint", Json()) != splits.train.data->fingerprint) {
    throw data_error(
        "{}: is not the data that the run was trained on (its fingerprint differs), so the "
        "baselines would not compare; restore it, or name its folder with --data-root",
        splits.train.data->path.string());
  }
  return splits;
}

RowSet chosen_rows(const TrainedModel& trained, const EvaluateRequest& request, Splits& splits,
                   std::string& name) {
  if (!request.data.empty()) {
    DataLocations here;
    here.folders = {"."};
    if (!request.data_root.empty()) here.folders.emplace_back(request.data_root);
    SourceOptions source;
    source.path = request.data;
    auto data =
        std::make_shared<Dataset>(load_dataset(source, here, trained.info.preprocessing.columns));
    if (data->info.width() != trained.info.preprocessing.width()) {
      throw data_error("{}: rows have {} values; the model takes {}", data->path.string(),
                       data->info.width(), trained.info.preprocessing.width());
    }
    name = "given";
    std::vector<int64_t> rows(static_cast<size_t>(data->count()));
    for (size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<int64_t>(i);
    return {std::move(data), std::move(rows)};
  }
  name = splits.test ? "test" : splits.validation ? "validation" : "train";
  return splits.test ? *splits.test : splits.validation ? *splits.validation : splits.train;
}

double total(const at::Tensor& values) { return values.sum().item<double>(); }

}  // namespace

Json Evaluation::to_json() const {
  const auto width = static_cast<double>(features);
  const auto figures = [&](double squared) -> Json {
    Json json = {{"squared_error", squared}, {"mse", squared / width}};
    if (variance > 0) json["variance_explained"] = 1 - squared / variance;
    return json;
  };
  Json loss = Json::object();
  for (const auto& [term, value] : terms) loss[term] = value;
  Json pca = figures(pca_squared_error);
  pca["components"] = pca_components;
  return {{"split", split},    {"path", path},
          {"rows", rows},      {"features", features},
          {"objective", loss}, {"model", figures(squared_error)},
          {"pca", pca},        {"mean_predictor", figures(mean_squared_error)}};
}

Evaluation evaluate_run(const TrainedModel& trained, const EvaluateRequest& request) {
  const c10::NoGradGuard no_grad;
  const Experiment& experiment = trained.info.experiment;
  const RunPaths run = run_of_checkpoint(trained.checkpoint);
  Splits splits = load_run_data(trained, read_manifest(run.root), request.data_root);
  Evaluation out;
  const RowSet set = chosen_rows(trained, request, splits, out.split);
  const Scaling& scaling = trained.info.preprocessing.scaling;
  out.path = set.data->path.string();
  out.rows = set.count();
  out.features = set.data->info.width();

  const Pca pca = fit_pca(portions_of(splits.train, scaling), trained.model->latent_dim());
  out.pca_components = pca.components.size(1);
  const Objective objective(experiment.model, experiment.objective, experiment.corruption,
                            input_of(experiment, splits));
  const ResidentRows resident(*set.data, scaling, trained.device);
  const std::span<const int64_t> all = set.rows;
  const auto step = static_cast<size_t>(experiment.training.batch_size);
  TermSums sums;
  at::Tensor sum;
  double squares = 0;
  for (size_t begin = 0; begin < all.size(); begin += step) {
    const auto part = all.subspan(begin, std::min(step, all.size() - begin));
    const RowNoise noise(
        {.seed = static_cast<uint64_t>(experiment.seed), .epoch = kEvaluationEpoch, .step = begin},
        part, trained.device);
    const at::Tensor x = resident.gather(part);
    Pass pass{.noise = &noise};
    if (trained.model->classes() > 0) {
      pass.condition = trained.model->condition(set.labels_of(part).to(trained.device));
    }
    const BatchLoss loss = objective.evaluation(*trained.model, x, pass, objective.weights());
    sums.add(loss.terms, x.size(0));
    const Posterior posterior = trained.model->encode(x, pass);
    out.latents.add(posterior);
    const at::Tensor back = trained.model->decode_to_data(posterior.code(), pass);
    out.squared_error += total((back - x).to(at::kDouble).square());
    const at::Tensor rows = x.cpu().to(at::kDouble);
    out.pca_squared_error += total(pca.squared_error(rows));
    out.mean_squared_error += total((rows - pca.mean).square());
    sum = sum.defined() ? sum + rows.sum(0) : rows.sum(0);
    squares += total(rows.square());
  }
  const auto count = static_cast<double>(out.rows);
  out.terms = sums.means();
  out.squared_error /= count;
  out.pca_squared_error /= count;
  out.mean_squared_error /= count;
  out.variance = squares / count - total((sum / count).square());
  return out;
}

}  // namespace ae
