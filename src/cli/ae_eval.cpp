#include <spdlog/fmt/fmt.h>

#include <optional>

#include "cli/program.h"
#include "cli/summary.h"
#include "core/error.h"
#include "core/log.h"
#include "core/text.h"
#include "engine/device.h"
#include "evaluation/evaluate.h"
#include "evaluation/part.h"
#include "evaluation/probe.h"
#include "io/path_kind.h"
#include "run_directory/run_paths.h"

namespace {

std::string parts_help() {
  std::string text = "Parts to compute, separated by commas (default: those that take seconds): ";
  std::vector<std::string> parts;
  for (const ae::EvaluationPart& part : ae::evaluation_parts()) {
    parts.push_back(fmt::format("{} ({})", part.name, part.summary));
  }
  return text + ae::join(parts);
}

}  // namespace

int main(int argc, char** argv) {
  using namespace ae;
  Program program("ae-eval",
                  "Evaluates a trained model on held-out rows, and two baselines fitted to the "
                  "training rows: PCA with as many components as latents, and the mean.");
  std::filesystem::path run;
  std::string device = "auto";
  std::optional<int> threads;
  bool unverified = false;
  EvaluateRequest request;
  std::string where;
  bool wants_probe = false;
  int64_t neighbours = 5;
  std::vector<std::string> only;
  std::filesystem::path out;
  PartOptions options;
  CLI::App& app = program.app();
  app.add_option("RUN", run, kRunHelp)->required()->check(not_empty());
  app.add_option("--data", request.data,
                 "File of the rows to evaluate on (default: the run's test, else validation, else "
                 "training rows)")
      ->check(not_empty());
  app.add_option("--data-root", request.data_root,
                 "Folder of the run's data, if it has moved since training");
  CLI::Option* probing = app.add_flag(
      "--probe", wants_probe,
      "Also train and evaluate classifiers on the codes (of a VAE: posterior means): logistic "
      "regression (standardised features; C selected on held-out training rows) and k-nearest "
      "neighbours (Euclidean distance, unscaled features). Baselines: the same on the inputs and "
      "on PCA with as many components as latents. Needs 4 bytes of memory per feature and row");
  app.add_option("--neighbours", neighbours,
                 "Number of nearest neighbours (k) of --probe; the nearest one breaks ties")
      ->needs(probing)
      ->check(whole_number(1, 1000))
      ->capture_default_str();
  app.add_option(
      "--labels", request.labels,
      "Labels of the rows of --data, or of the run's test or validation file if its config names "
      "none: a column of a CSV file, or a file (IDX, .npy, CSV). For --probe or a conditional "
      "model");
  app.add_option("--train-labels", request.train_labels,
                 "Labels of the training rows, if the run's config names none")
      ->needs(probing);
  app.add_option("--target", request.target,
                 "File of the targets of --data, for a model trained with data.train.target")
      ->check(not_empty());
  app.add_option("--where", where,
                 "Rows to evaluate, of a table: as data.train.where, such as '{\"kind\": \"a\"}'")
      ->check(not_empty());
  app.add_option("--only", only, parts_help())->delimiter(',');
  app.add_option("--importance-samples", options.importance_samples,
                 "Samples of the posterior for each row in the part likelihood")
      ->check(whole_number(1, 100000))
      ->capture_default_str();
  app.add_option("--out", out,
                 "Folder of metrics.json and tables (default: evaluation in the run's directory)")
      ->check(not_empty());
  app.add_flag("--strict", request.strict, kStrictHelp);
  app.add_flag("--unverified", unverified, kUnverifiedHelp);
  app.add_option("--device", device, kDeviceHelp)->capture_default_str();
  app.add_option("--threads", threads, kThreadsHelp)->check(whole_number(1, kMaxThreads));
  exit_process(program.run(argc, argv, [&] {
    if (threads) set_threads(*threads);
    if (!where.empty()) request.where = where_of(where, "--where");
    const TrainedModel model = load_trained_model(
        run, choose_device(device), unverified ? Unverified::use : Unverified::refuse);
    if (!request.labels.empty() && !wants_probe && model.model->classes() == 0) {
      throw usage_error(
          "--labels {}: is used only by --probe or by a conditional model; leave it out, or add "
          "--probe",
          request.labels);
    }
    if (out.empty()) out = run_of_checkpoint(model.checkpoint).evaluation();
    if (const PathKind kind = path_kind(out);
        kind != PathKind::absent && kind != PathKind::folder) {
      throw usage_error("--out {}: is no folder; name a new one, or one to write into",
                        out.string());
    }
    const EvaluationData data = load_evaluation_data(model, request);
    std::optional<ProbeTask> task;
    if (wants_probe) task = prepare_probe(model, data, neighbours);
    const Pca pca = training_pca(model, data);
    const Evaluation evaluation = evaluate_run(model, data, pca);
    const std::string name = model.model->has_prior() ? "model (from the posterior mean)" : "model";
    Json json = evaluation.to_json();
    json["warnings"] = data.warnings;
    for (const std::string& warning : data.warnings) spdlog::warn("{}", warning);
    std::string text = evaluation_text(evaluation, name);
    if (task) {
      const Probe found = probe(model, data, *task, pca);
      json["probe"] = found.to_json();
      text += "\n\n" + probe_text(found);
    }
    options.threads = static_cast<int>(ae::threads());
    const EvaluatedRows rows(model, data, pca, options);
    const PartsResult parts = compute_parts(rows, only);
    json["parts"] = parts.metrics;
    for (const std::string& warning : parts.warnings) {
      spdlog::warn("{}", warning);
      json["warnings"].push_back(warning);
    }
    if (!parts.text.empty()) text += "\n\n" + parts.text.substr(0, parts.text.size() - 1);
    program.print_result(json, text);
    write_evaluation(out, json, parts.tables);
    return 0;
  }));
}
