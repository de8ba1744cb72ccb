#include "cli/program.h"
#include "cli/summary.h"
#include "engine/device.h"
#include "runs/evaluate.h"

int main(int argc, char** argv) {
  using namespace ae;
  Program program("ae-eval",
                  "Measures a trained model on held-out rows, beside PCA of equal width and the "
                  "mean predictor, both fitted to the training rows.");
  std::filesystem::path run;
  std::string device = "auto";
  EvaluateRequest request;
  CLI::App& app = program.app();
  app.add_option("RUN", run, "A run directory (its best checkpoint, else its last) or a checkpoint")
      ->required();
  app.add_option(
      "--data", request.data,
      "Rows to measure on (default: the run's test, else validation, else training rows)");
  app.add_option("--data-root", request.data_root,
                 "Folder of the run's data, where it has moved since training");
  app.add_option("--device", device, "auto, cpu or cuda")->capture_default_str();
  return program.run(argc, argv, [&] {
    const TrainedModel model = load_trained_model(run, choose_device(device));
    const Evaluation evaluation = evaluate_run(model, request);
    const std::string name = model.model->has_prior() ? "model (from the posterior mean)" : "model";
    program.print_result(evaluation.to_json(), evaluation_text(evaluation, name));
    return 0;
  });
}
