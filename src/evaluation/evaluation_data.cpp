#include "evaluation/evaluation_data.h"

#include <algorithm>
#include <memory>
#include <numeric>
#include <span>

#include "config/stored_json.h"
#include "core/error.h"
#include "data/fitting.h"
#include "data/resident_rows.h"
#include "engine/row_loop.h"
#include "inference/data_stream.h"
#include "run_directory/manifest.h"
#include "run_directory/run_paths.h"

namespace ae {
namespace {

/// Adds the requested labels to the data options.
void name_labels(const TrainedModel& trained, const EvaluateRequest& request, DataOptions& data) {
  if (!request.train_labels.empty()) {
    const auto& columns = trained.info.preprocessing.columns;
    if (std::find(columns.begin(), columns.end(), request.train_labels) != columns.end()) {
      throw usage_error(
          "--train-labels {}: is a column that the model was trained on, so its codes contain the "
          "label; name a column that was left out (data.train.exclude), or a file",
          request.train_labels);
    }
    data.train.labels = request.train_labels;
  }
  if (request.labels.empty() || !request.data.empty()) return;
  if (data.test && data.test->source()) {
    data.test->labels = request.labels;
  } else if (data.validation && data.validation->source()) {
    data.validation->labels = request.labels;
  } else {
    throw usage_error(
        "--labels {}: the run has no rows of another file than its training file; name that "
        "file's labels with --train-labels, or other rows with --data",
        request.labels);
  }
}

/// Adds the requested conditions to those of the reported set, which must be a file of its own.
void select_rows(const EvaluateRequest& request, DataOptions& data) {
  if (request.where.is_empty() || !request.data.empty()) return;
  std::optional<HeldOutOptions>& reported = data.test ? data.test : data.validation;
  if (!reported || !reported->source()) {
    throw usage_error(
        "--where: the run's reported rows are of its training file; name the file with --data");
  }
  for (const Where::Condition& condition : request.where.conditions) {
    std::erase_if(reported->where.conditions,
                  [&](const auto& other) { return other.column == condition.column; });
    reported->where.conditions.push_back(condition);
  }
}

/// Data options of the run's config; a checkpoint does not record their folders.
DataOptions configured_data(const RunPaths& run) {
  try {
    const Json config = read_stored_json(run.config());
    return stored_experiment(config, {run.config().string(), {}, {}}).data;
  } catch (const Error& error) {
    throw data_error("{}", error.what());
  }
}

/// Loads the run's data from the folders of its training, or from the requested one.
Splits load_run_data(const TrainedModel& trained, const EvaluateRequest& request) {
  const RunPaths run = run_of_checkpoint(trained.checkpoint);
  const Json manifest = read_manifest(run.root);
  DataLocations locations = recorded_locations(manifest);
  if (!request.data_root.empty()) {
    locations.folders.insert(locations.folders.begin(), request.data_root);
  }
  // Labels on the command line are relative to the working directory.
  if (!request.labels.empty() || !request.train_labels.empty()) {
    locations.folders.emplace_back(".");
  }
  DataOptions options = configured_data(run);
  name_labels(trained, request, options);
  select_rows(request, options);
  Splits splits = load_splits(options, locations, {.stored = &trained.info.preprocessing});
  if (recorded_fingerprint(run.root, "train") != splits.train.data->fingerprint) {
    throw data_error(
        "{}: is not the data that the run was trained on (its fingerprint differs), so the "
        "baselines would not be comparable; restore it, or name its folder with --data-root",
        splits.train.data->path.string());
  }
  return splits;
}

/// All rows of the requested file, with the training data's preprocessing.
RowSet given_rows(const EvaluateRequest& request, const Preprocessing& preprocessing,
                  std::vector<std::string>& label_names) {
  DataLocations here;
  here.folders = {"."};
  if (!request.data_root.empty()) here.folders.emplace_back(request.data_root);
  SourceOptions source;
  source.path = request.data;
  source.labels = request.labels;
  source.where = request.where;
  source.target.path = request.target;
  auto data = std::make_shared<Dataset>(load_dataset(source, here, preprocessing.reading()));
  make_features(*data, preprocessing);
  if (preprocessing.target) add_targets(source, "--target", here, *preprocessing.target, *data);
  align_labels(data->labels, label_names);
  if (!request.where.is_empty()) {
    std::vector<int64_t> some = rows_where(*data, request.where, "--where");
    return {std::move(data), std::move(some)};
  }
  std::vector<int64_t> rows(static_cast<size_t>(data->count()));
  std::iota(rows.begin(), rows.end(), int64_t{0});
  return {std::move(data), std::move(rows)};
}

}  // namespace

EvaluationData load_evaluation_data(const TrainedModel& trained, const EvaluateRequest& request) {
  Splits splits = load_run_data(trained, request);
  std::string name = "given";
  RowSet rows;
  if (request.data.empty()) {
    const ReportedSet reported = reported_set(splits);
    rows = reported.rows;
    name = reported.name;
  } else {
    rows = given_rows(request, trained.info.preprocessing, splits.preprocessing.label_names);
  }
  EvaluationData data{std::move(splits), std::move(rows), std::move(name)};
  if (const auto finding = outside_training_range(data.rows, trained.info.preprocessing)) {
    if (request.strict) throw data_error("{} (refused by --strict)", *finding);
    data.warnings.push_back(*finding);
  }
  return data;
}

RowChunks chunks_of(const RowSet& set, const Scaling& scaling, int64_t widest) {
  const ResidentPair rows{std::make_shared<const ResidentRows>(*set.data, scaling, at::kCPU), {}};
  const int64_t chunk_rows = stream_rows(std::max(widest, set.data->info.width()));
  return [rows, chunk_rows, &set] {
    return [reader = SetReader(set, rows, chunk_rows)]() mutable -> std::optional<at::Tensor> {
      const std::optional<RowChunk> chunk = reader.next();
      if (!chunk) return std::nullopt;
      const RowNoise noise({.seed = 0, .epoch = kEvaluationEpoch}, chunk->rows, at::kCPU);
      return Batch(*chunk->source, chunk->rows, noise).input();
    };
  };
}

Pca training_pca(const TrainedModel& trained, const RowSet& rows, const Interrupted& interrupted) {
  const RowSet targets = targets_of(rows);
  const RowChunks chunks = chunks_of(targets, trained.info.preprocessing.output().scaling);
  const auto passes = [&] {
    return [&interrupted, next = chunks()]() -> std::optional<at::Tensor> {
      if (interrupted && interrupted()) throw EvaluationInterrupted();
      return next();
    };
  };
  return fit_pca(passes, trained.model->latent_dim());
}

}  // namespace ae
