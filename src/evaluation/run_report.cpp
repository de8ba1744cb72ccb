#include "evaluation/run_report.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <utility>

#include "config/stored_json.h"
#include "config/writer.h"
#include "core/text.h"
#include "evaluation/training_curves.h"
#include "io/atomic_file.h"
#include "io/path_kind.h"
#include "report/page/html_table.h"
#include "report/page/text_block.h"
#include "run_directory/run_paths.h"

namespace ae {
namespace {

std::string subtitle_of(const TrainedModel& trained, const Evaluation& evaluation) {
  const Experiment& experiment = trained.info.experiment;
  return fmt::format(
      "{}, {} values → {} latents, {} parameters; {} rows of the {} set", experiment.model.kind,
      grouped(evaluation.features), grouped(trained.model->latent_dim()),
      grouped(trained.model->parameter_count()), grouped(evaluation.rows), evaluation.split);
}

/// Sentence on the model's error beside that of PCA.
std::string verdict(const Evaluation& evaluation) {
  const double pca = evaluation.pca_squared_error;
  constexpr double kExact = 1e-9;
  if (pca <= kExact * evaluation.variance) {
    return fmt::format(
        "PCA with {} components reconstructs these rows exactly, as they have no more directions: "
        "there is no PCA of fewer numbers than the code to compare with.",
        evaluation.pca_components);
  }
  const double ratio = evaluation.squared_error / pca;
  return fmt::format("The reconstruction error is {:.3g} times that of PCA with {} component{}{}.",
                     ratio, evaluation.pca_components, evaluation.pca_components == 1 ? "" : "s",
                     ratio < 1 ? ": the code holds what a linear projection of equal width does not"
                               : ": a linear projection of equal width loses less");
}

/// Name of the run: checkpoints do not hold it, and its folder may be open by a descriptor.
std::string title_of_run(const TrainedModel& trained, const std::filesystem::path& run) {
  const Json config = path_kind(RunPaths{run}.config()) == PathKind::file
                          ? read_stored_json(RunPaths{run}.config())
                          : Json();
  const Json name = member(config, "name");
  return name.is_string() ? name.get<std::string>() : trained.info.experiment.name;
}

PageSection summary(const TrainedModel& trained, const Evaluation& evaluation,
                    std::vector<std::string> warnings) {
  PageSection section{
      .title = "Summary", .paragraphs = {}, .warnings = std::move(warnings), .figures = {}};
  if (std::string sentence = verdict(evaluation); !sentence.empty()) {
    section.paragraphs.push_back(std::move(sentence));
  }
  const Json json = evaluation.to_json();
  auto& errors = section.add<TableFigure>(
      "Reconstruction",
      "Squared error: sum over the values of a row, mean over rows, in preprocessed units. PCA and "
      "the mean are fitted to the training rows.",
      std::vector<std::string>{"", "squared error", "mse", "variance explained"});
  const auto add = [&](const std::string& name, const Json& figures) {
    const Json explained = figures.value("variance_explained", Json());
    errors.add({name, fmt::format("{:.6g}", figures["squared_error"].get<double>()),
                fmt::format("{:.6g}", figures["mse"].get<double>()),
                explained.is_null() ? "" : fmt::format("{:.2f} %", 100 * explained.get<double>())});
  };
  add(trained.model->has_prior() ? "model, from the posterior mean" : "model", json["model"]);
  add(fmt::format("PCA, {} components", evaluation.pca_components), json["pca"]);
  add("mean of the training rows", json["mean_predictor"]);
  auto& terms = section.add<TableFigure>(
      "Loss",
      fmt::format("The objective and its terms on these rows; the reconstruction is \"{}\", {}.",
                  trained.info.experiment.objective.reconstruction.type(),
                  trained.info.experiment.objective.reconstruction->unit()),
      std::vector<std::string>{"term", "value"});
  for (const auto& [name, value] : evaluation.terms)
    terms.add({name, fmt::format("{:.6g}", value)});
  return section;
}

PageSection model_section(const TrainedModel& trained) {
  PageSection section{.title = "Model and config", .paragraphs = {}, .warnings = {}, .figures = {}};
  auto& layers = section.add<TableFigure>(
      "Layers", "Layers in the order of computation, with the shape of a row's output.",
      std::vector<std::string>{"layer", "kind", "output", "parameters"});
  for (const LayerSummary& layer : trained.model->describe()) {
    layers.add({layer.name, layer.kind, shape_text(layer.output), grouped(layer.parameters)});
  }
  section.add<TextBlock>("Config", "All options, as ae-train --config takes them.",
                         options_json(trained.info.experiment).dump(2));
  return section;
}

}  // namespace

void write_report(const std::filesystem::path& path, const std::filesystem::path& run,
                  RunReport report) {
  const TrainedModel& trained = report.trained;
  Page page;
  page.title = title_of_run(trained, run);
  page.subtitle = subtitle_of(trained, report.evaluation);
  page.sections.push_back(summary(trained, report.evaluation, std::move(report.warnings)));
  if (const auto metrics = RunPaths{run}.metrics(); path_kind(metrics) == PathKind::file) {
    page.sections.push_back(training_curves(metrics, step_of_name(trained.checkpoint)));
  }
  std::ranges::move(report.sections, std::back_inserter(page.sections));
  page.sections.push_back(model_section(trained));
  write_text_atomically(path, page.html());
}

ReportedEvaluation evaluation_for_report(const TrainedModel& trained, const EvaluationData& data,
                                         const PartOptions& options) {
  // PCA of some rows tells in seconds what that of all rows tells.
  constexpr int64_t kFittedValues = int64_t{1} << 25;
  const RowSet& train = data.splits.train;
  const int64_t fitting = std::max<int64_t>(2, kFittedValues / train.data->info.width());
  const RowSet fitted = evenly_spaced(train, fitting);
  const Pca pca = training_pca(trained, fitted, options.interrupted);
  Evaluation evaluation = evaluate_run(trained, data, pca, options.interrupted);
  return {std::move(evaluation), compute_parts(EvaluatedRows(trained, data, pca, options))};
}

}  // namespace ae
