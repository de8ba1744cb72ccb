#include <spdlog/fmt/fmt.h>

#include <ATen/ops/cat.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <vector>

#include "data/step.h"
#include "engine/batch.h"
#include "evaluation/anomaly_labels.h"
#include "evaluation/detector.h"
#include "evaluation/part.h"
#include "evaluation/ranking.h"
#include "inference/anomaly_score.h"
#include "report/page/histogram.h"
#include "report/page/html_table.h"

namespace ae::parts {
namespace {

/// Training rows that detectors are fitted to: distances to more take minutes.
constexpr int64_t kFittedRows = 10000;
constexpr int64_t kMostDetectorValues = int64_t{1} << 28;

std::optional<AnomalyLabels> labels_of(const EvaluatedRows& rows) {
  return anomaly_labels(rows.data().rows, rows.data().splits.train);
}

std::string no_anomalies(const EvaluatedRows& rows) {
  if (labels_of(rows)) return "";
  return "no labels tell anomalies: neither labels that no training row has, nor 0 and 1";
}

/// Scores of the evaluated rows by the model's reconstruction loss. [N]
at::Tensor model_scores(const EvaluatedRows& rows) {
  const TrainedModel& trained = rows.trained();
  const AnomalyScore score("loss", trained.info.experiment, trained.info.preprocessing.output());
  std::vector<at::Tensor> scores;
  rows.for_each([&](const Batch& batch) {
    const ForwardContext context{.noise = &batch.noise(),
                                 .condition = trained.model->condition(batch.labels())};
    const at::Tensor output =
        trained.model->decode(trained.model->encode(batch.input(), context), context);
    scores.push_back(score.scores(*trained.model, batch.target(), output).cpu());
  });
  return at::cat(scores);
}

Json figures_of(const Ranking& ranking) {
  return {{"auroc", ranking.auroc},
          {"average_precision", ranking.average_precision},
          {"precision_at_n", ranking.precision_at_n},
          {"best_f1", ranking.best_f1},
          {"best_f1_threshold", ranking.best_f1_threshold}};
}

std::string line_of(const std::string& name, const Ranking& ranking) {
  return fmt::format("  {:<22} AUROC {:.4f}  average precision {:.4f}  precision at n {:.4f}\n",
                     name, ranking.auroc, ranking.average_precision, ranking.precision_at_n);
}

struct ComparedDetector {
  std::string name;
  Ranking ranking;
};

/// Section "Anomalies".
void add_section(const at::Tensor& scores, const at::Tensor& positives, const std::string& name,
                 const std::vector<ComparedDetector>& compared, PageSection& section) {
  section.title = "Anomalies";
  section.paragraphs = {fmt::format("Anomalies are rows with {}.", name)};
  auto& histogram =
      section.add<Histogram>("Anomaly scores",
                             "Reconstruction loss of usual rows and of anomalies. The less they "
                             "overlap, the better a threshold tells them apart.",
                             AxisOptions{"reconstruction loss", Scale::log});
  histogram.add("usual rows", double_vector(scores.masked_select(positives.logical_not())));
  histogram.add("anomalies", double_vector(scores.masked_select(positives)));
  histogram.add_reference(compared.front().ranking.best_f1_threshold, "threshold of the best F1");
  histogram.probability = true;
  auto& table = section.add<TableFigure>(
      "Detectors",
      "AUROC: chance that an anomaly has a higher score than a usual row. Average precision and "
      "precision at n (as many rows as there are anomalies) weigh the highest scores. Detectors "
      "beside the model are fitted to the training rows.",
      std::vector<std::string>{"", "AUROC", "average precision", "precision at n", "best F1"});
  for (const auto& [detector, ranking] : compared) {
    table.add({detector, fmt::format("{:.4f}", ranking.auroc),
               fmt::format("{:.4f}", ranking.average_precision),
               fmt::format("{:.4f}", ranking.precision_at_n),
               fmt::format("{:.4f}", ranking.best_f1)});
  }
}

/// Baseline detectors on the model's inputs.
void add_detectors(const EvaluatedRows& rows, const at::Tensor& positives,
                   std::vector<ComparedDetector>& compared, PartResult& out) {
  const int64_t values = rows.data().rows.count() * rows.data().rows.data->info.width();
  if (values > kMostDetectorValues) {
    out.metrics["detectors"] = {{"unavailable", "the rows take more than 1 GB"}};
    return;
  }
  const SampledRows train = rows.sampled(rows.data().splits.train, kFittedRows);
  std::vector<at::Tensor> inputs;
  rows.for_each([&](const Batch& batch) { inputs.push_back(batch.input().cpu()); });
  const at::Tensor evaluated = at::cat(inputs);
  if (train.inputs.isnan().any().item<bool>() || evaluated.isnan().any().item<bool>()) {
    out.metrics["detectors"] = {{"unavailable", "rows have missing values"}};
    return;
  }
  if (train.inputs.size(0) < 2) return;
  Json figures = Json::object();
  const DetectorOptions options{.seed = static_cast<uint64_t>(rows.trained().info.experiment.seed),
                                .components = rows.trained().model->latent_dim()};
  for (const DetectorKind& kind : detectors()) {
    const at::Tensor scores =
        kind.fit(train.inputs, options)->score(evaluated, rows.options().threads);
    const auto found = ranking(scores, positives);
    if (!found) continue;
    figures[kind.name] = figures_of(*found);
    out.text += line_of(kind.name, *found);
    compared.push_back({kind.name, *found});
  }
  out.metrics["detectors"] = std::move(figures);
  out.metrics["fitted_rows"] = train.inputs.size(0);
}

PartResult anomaly_figures(const EvaluatedRows& rows) {
  const AnomalyLabels labels = *labels_of(rows);
  std::vector<int64_t> flags(labels.rows.begin(), labels.rows.end());
  const at::Tensor positives = at::tensor(at::ArrayRef<int64_t>(flags), at::kLong).to(at::kBool);
  PartResult out;
  const at::Tensor scores = model_scores(rows);
  const auto model = ranking(scores, positives);
  if (!model) return out;
  out.metrics = {{"anomalies", labels.name},
                 {"rows", model->rows},
                 {"positives", model->positives},
                 {"model", figures_of(*model)}};
  out.text =
      fmt::format("anomalies ({}): {} of {} rows\n", labels.name, model->positives, model->rows) +
      line_of("model", *model);
  std::vector<ComparedDetector> compared = {{"model", *model}};
  add_detectors(rows, positives, compared, out);
  add_section(scores, positives, labels.name, compared, out.section);
  return out;
}

}  // namespace

EvaluationPart anomaly() {
  return {"anomaly",
          "anomalies told by labels: AUROC, average precision and precision at n of the "
          "reconstruction loss, beside baseline detectors on the same rows",
          true, no_anomalies, anomaly_figures};
}

}  // namespace ae::parts
