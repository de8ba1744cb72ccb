#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <map>
#include <optional>
#include <utility>

#include "cli/program.h"
#include "cli/progress.h"
#include "cli/summary.h"
#include "core/error.h"
#include "core/log.h"
#include "core/text.h"
#include "engine/device.h"
#include "evaluation/comparison.h"
#include "evaluation/evaluate.h"
#include "evaluation/part.h"
#include "evaluation/probe.h"
#include "evaluation/run_report.h"
#include "io/atomic_file.h"
#include "io/path_kind.h"
#include "run_directory/run_paths.h"

namespace {

using namespace ae;

std::string parts_help() {
  std::string text = "Parts to compute, separated by commas (default: those that take seconds): ";
  std::vector<std::string> parts;
  for (const EvaluationPart& part : evaluation_parts()) {
    parts.push_back(fmt::format("{} ({})", part.name, part.summary));
  }
  return text + join(parts);
}

struct EvalOptions {
  std::vector<std::filesystem::path> runs;
  std::string device = "auto";
  std::optional<int> threads;
  bool unverified = false;
  EvaluateRequest request;
  std::string where;
  bool wants_probe = false;
  int64_t neighbours = 5;
  PartChoice parts;
  std::filesystem::path out;
  PartOptions part_options;
};

void declare(CLI::App& app, EvalOptions& options) {
  app.add_option("RUN", options.runs, std::string(kRunHelp) + ". Several are compared in one table")
      ->required()
      ->check(not_empty());
  app.add_option("--data", options.request.data,
                 "File of the rows to evaluate on (default: the run's test, else validation, else "
                 "training rows)")
      ->check(not_empty());
  app.add_option("--data-root", options.request.data_root,
                 "Folder of the run's data, if it has moved since training");
  CLI::Option* probing = app.add_flag(
      "--probe", options.wants_probe,
      "Also train and evaluate classifiers on the codes (of a VAE: posterior means): logistic "
      "regression (standardised features; C selected on held-out training rows) and k-nearest "
      "neighbours (Euclidean distance, unscaled features). Baselines: the same on the inputs and "
      "on PCA with as many components as latents. Needs 4 bytes of memory per feature and row");
  app.add_option("--neighbours", options.neighbours,
                 "Number of nearest neighbours (k) of --probe; the nearest one breaks ties")
      ->needs(probing)
      ->check(whole_number(1, 1000))
      ->capture_default_str();
  app.add_option(
      "--labels", options.request.labels,
      "Labels of the rows of --data, or of the run's test or validation file if its config names "
      "none: a column of a CSV file, or a file (IDX, .npy, CSV). For --probe or a conditional "
      "model");
  app.add_option("--train-labels", options.request.train_labels,
                 "Labels of the training rows, if the run's config names none")
      ->needs(probing);
  app.add_option("--target", options.request.target,
                 "File of the targets of --data, for a model trained with data.train.target")
      ->check(not_empty());
  app.add_option("--where", options.where,
                 "Rows to evaluate, of a table: as data.train.where, such as '{\"kind\": \"a\"}'")
      ->check(not_empty());
  const auto only_option =
      app.add_option("--only", options.parts.only, parts_help())->delimiter(',');
  app.add_option("--include", options.parts.include,
                 "Parts to compute besides those that take seconds, separated by commas")
      ->delimiter(',')
      ->excludes(only_option);
  app.add_option("--importance-samples", options.part_options.importance_samples,
                 "Samples of the posterior for each row in the part likelihood")
      ->check(whole_number(1, 100000))
      ->capture_default_str();
  app.add_flag("--umap", options.part_options.umap,
               "Map of the codes by UMAP, in place of the latents or PCA, in the part latent_map "
               "(10,000 rows: some ten seconds)");
  app.add_option("--true-directions", options.part_options.true_directions,
                 "File of the directions [K, D] that rows are made of, in the model's scale, to be "
                 "matched with the decoder's atoms by the part sparse")
      ->check(not_empty());
  app.add_option("--out", options.out,
                 "Folder of metrics.json, tables and report.html (default: evaluation in the run's "
                 "directory); of several runs, of comparison.html and comparison.json (default: "
                 "none is written)")
      ->check(not_empty());
  app.add_flag("--strict", options.request.strict, kStrictHelp);
  app.add_flag("--unverified", options.unverified, kUnverifiedHelp);
  app.add_option("--device", options.device, kDeviceHelp)->capture_default_str();
  app.add_option("--threads", options.threads, kThreadsHelp)->check(whole_number(1, kMaxThreads));
}

/// Loads a run's model. @param run  as on the command line
TrainedModel model_of(const std::filesystem::path& run, const EvalOptions& options) {
  return load_trained_model(run, choose_device(options.device),
                            options.unverified ? Unverified::use : Unverified::refuse);
}

void check_folder(const std::filesystem::path& out) {
  const PathKind kind = path_kind(out);
  if (kind == PathKind::absent || kind == PathKind::folder) return;
  throw usage_error("--out {}: is no folder; name a new one, or one to write into", out.string());
}

int evaluate_one(const Program& program, EvalOptions& options) {
  const TrainedModel model = model_of(options.runs.front(), options);
  if (!options.request.labels.empty() && !options.wants_probe && model.model->classes() == 0) {
    throw usage_error(
        "--labels {}: is used only by --probe or by a conditional model; leave it out, or add "
        "--probe",
        options.request.labels);
  }
  const std::filesystem::path run = run_of_checkpoint(model.checkpoint).root;
  if (options.out.empty()) options.out = RunPaths{run}.evaluation();
  check_folder(options.out);
  const EvaluationData data = load_evaluation_data(model, options.request);
  std::optional<ProbeTask> task;
  if (options.wants_probe) task = prepare_probe(model, data, options.neighbours);
  const Pca pca = training_pca(model, data.splits.train);
  const Evaluation evaluation = evaluate_run(model, data, pca);
  const std::string name = model.model->has_prior() ? "model (from the posterior mean)" : "model";
  Json json = evaluation.to_json();
  for (const std::string& warning : data.warnings) spdlog::warn("{}", warning);
  std::string text = evaluation_text(evaluation, name);
  if (task) {
    const Probe found = probe(model, data, *task, pca);
    json["probe"] = found.to_json();
    text += "\n\n" + probe_text(found);
  }
  options.part_options.threads = static_cast<int>(ae::threads());
  RowProgress progress;
  options.part_options.progress = std::ref(progress);
  const EvaluatedRows rows(model, data, pca, options.part_options);
  PartsResult parts = compute_parts(rows, options.parts);
  json["parts"] = parts.metrics;
  for (const std::string& warning : parts.warnings) spdlog::warn("{}", warning);
  std::vector<std::string> warnings = data.warnings;
  std::ranges::move(parts.warnings, std::back_inserter(warnings));
  json["warnings"] = warnings;
  if (!parts.text.empty()) text += "\n\n" + parts.text.substr(0, parts.text.size() - 1);
  program.print_result(json, text);
  write_evaluation(options.out, json, parts.tables);
  write_report(options.out / "report.html", run,
               {.trained = model,
                .evaluation = evaluation,
                .warnings = std::move(warnings),
                .sections = std::move(parts.sections)});
  // The figures that can be had are written; those that were asked for by name are missed.
  const bool misses_directions = !options.part_options.true_directions.empty() &&
                                 member(parts.metrics, "sparse", "error").is_string();
  return misses_directions ? exit_code(ErrorKind::data) : 0;
}

int compare(const Program& program, const EvalOptions& options) {
  if (options.wants_probe || !options.parts.only.empty() || !options.parts.include.empty()) {
    throw usage_error("--probe, --only and --include are of one run; leave them out, or name one");
  }
  if (!options.out.empty()) check_folder(options.out);
  std::vector<ComparedRun> runs;
  std::map<std::filesystem::path, std::filesystem::path> named;
  for (const std::filesystem::path& run : options.runs) {
    const auto [found, is_new] = named.try_emplace(canonical_path(find_checkpoint(run)), run);
    if (is_new) continue;
    throw usage_error("{}: is the same as {}; name each run once", run.string(),
                      found->second.string());
  }
  for (const std::filesystem::path& run : options.runs) {
    const TrainedModel model = model_of(run, options);
    const EvaluationData data = load_evaluation_data(model, options.request);
    spdlog::info("evaluating {}", run.string());
    runs.push_back(compared_run(run, model,
                                evaluate_run(model, data, training_pca(model, data.splits.train))));
  }
  const std::vector<RunGroup> groups = grouped_runs(runs);
  const std::vector<std::string> warnings = comparison_warnings(runs);
  for (const std::string& warning : warnings) spdlog::warn("{}", warning);
  const Json json = {{"groups", comparison_json(groups)}, {"warnings", warnings}};
  program.print_result(json, comparison_text(groups));
  if (options.out.empty()) return 0;
  make_folders(options.out);
  write_text_atomically(options.out / "comparison.json", json.dump(2) + "\n");
  write_text_atomically(options.out / "comparison.html", comparison_page(groups, warnings).html());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Program program("ae-eval",
                  "Evaluates a trained model on held-out rows, and two baselines fitted to the "
                  "training rows: PCA with as many components as latents, and the mean. Several "
                  "runs are compared.");
  EvalOptions options;
  declare(program.app(), options);
  exit_process(program.run(argc, argv, [&] {
    if (options.threads) set_threads(*options.threads);
    if (!options.where.empty()) options.request.where = where_of(options.where, "--where");
    return options.runs.size() == 1 ? evaluate_one(program, options) : compare(program, options);
  }));
}
