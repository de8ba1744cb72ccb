#include <optional>

#include "cli/program.h"
#include "cli/summary.h"
#include "core/error.h"
#include "core/log.h"
#include "engine/device.h"
#include "evaluation/evaluate.h"
#include "evaluation/probe.h"

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
    program.print_result(json, text);
    return 0;
  }));
}
