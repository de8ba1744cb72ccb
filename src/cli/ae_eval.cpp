#include <optional>

#include "cli/program.h"
#include "cli/summary.h"
#include "core/error.h"
#include "engine/device.h"
#include "evaluation/evaluate.h"
#include "evaluation/probe.h"

int main(int argc, char** argv) {
  using namespace ae;
  Program program("ae-eval",
                  "Measures a trained model on held-out rows, beside PCA of equal width and the "
                  "mean predictor, both fitted to the training rows.");
  std::filesystem::path run;
  std::string device = "auto";
  bool unverified = false;
  EvaluateRequest request;
  bool wants_probe = false;
  int64_t neighbours = 5;
  CLI::App& app = program.app();
  app.add_option("RUN", run, "A run directory (its best checkpoint, else its last) or a checkpoint")
      ->required()
      ->check(not_empty());
  app.add_option(
         "--data", request.data,
         "Rows to measure on (default: the run's test, else validation, else training rows)")
      ->check(not_empty());
  app.add_option("--data-root", request.data_root,
                 "Folder of the run's data, where it has moved since training");
  CLI::Option* probing = app.add_flag(
      "--probe", wants_probe,
      "Also how well labels can be told from the codes (a VAE's: posterior means): errors of "
      "logistic regression (standardised features; C chosen on a part of the training rows) and "
      "of nearest neighbours (Euclidean, features as they are), trained on the training rows, "
      "beside the same on the inputs and on PCA of equal width. Needs 4 bytes of memory for each "
      "feature of each row");
  app.add_option("--neighbours", neighbours,
                 "How many nearest neighbours vote, by --probe; the nearest breaks ties")
      ->needs(probing)
      ->check(whole_number(1, 1000))
      ->capture_default_str();
  app.add_option(
      "--labels", request.labels,
      "Labels of the rows of --data, or of the run's test or validation file where its "
      "config names none: a column of a CSV file, or a file (IDX, .npy, CSV). For --probe, "
      "or for a conditional model, which needs those of --data");
  app.add_option("--train-labels", request.train_labels,
                 "Labels of the training rows, where the run's config names none")
      ->needs(probing);
  app.add_flag("--unverified", unverified, kUnverifiedHelp);
  app.add_option("--device", device, "auto, cpu or cuda")->capture_default_str();
  leave(program.run(argc, argv, [&] {
    const TrainedModel model = load_trained_model(
        run, choose_device(device), unverified ? Unverified::use : Unverified::refuse);
    if (!request.labels.empty() && !wants_probe && model.model->classes() == 0) {
      throw usage_error(
          "--labels {}: goes with --probe or with a conditional model; leave it out, or add "
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
