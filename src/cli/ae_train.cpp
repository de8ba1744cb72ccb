#include <unistd.h>

#include "cli/interrupt.h"
#include "cli/program.h"
#include "cli/progress.h"
#include "cli/summary.h"
#include "cli/time_limit.h"
#include "config/reference.h"
#include "config/writer.h"
#include "core/clock.h"
#include "core/error.h"
#include "core/log.h"
#include "core/text.h"
#include "engine/device.h"
#include "report/column_table.h"
#include "report/data_report.h"
#include "runs/profile.h"
#include "runs/training_run.h"
#include "suggestion/suggestion.h"

namespace {

using namespace ae;

struct TrainOptions {
  TrainRequest request;
  std::optional<std::string> explain;
  bool schema = false;
  std::string suggest;
  std::string goal = "code";
  bool explain_plan = false;
  bool profile = false;
  std::optional<std::string> time_limit;
  std::optional<int> threads;
  double begin = 0;  ///< start of the program, monotonic_seconds()
};

void declare(CLI::App& app, TrainOptions& options) {
  TrainRequest& request = options.request;
  app.add_option("--config", request.config, "JSON file of the experiment")->check(not_empty());
  app.add_option("--set", request.settings,
                 "Override an option of the config, such as model.latent_dim=2; may be repeated")
      ->type_name("KEY=VALUE")
      ->expected(1)
      ->take_all();
  app.add_option("--run-dir", request.run_directory,
                 "Run directory, for all results (default: runs/NAME)")
      ->check(not_empty());
  app.add_option("--data-root", request.data_root,
                 "Folder in which relative data paths are looked up");
  app.add_option("--device", request.device, kDeviceHelp)->capture_default_str();
  const auto overwrite =
      app.add_flag("--overwrite", request.overwrite, "Replace an existing run directory");
  const auto resume =
      app.add_flag("--resume", request.resume,
                   "Continue the run from its last checkpoint, or start it if there is none")
          ->excludes(overwrite);
  app.add_option("--from", request.from,
                 "Checkpoint from which --resume continues, such as best or step_1200; what came "
                 "after it is dropped")
      ->needs(resume)
      ->check(not_empty());
  app.add_option("--threads", options.threads, kThreadsHelp)->check(whole_number(1, kMaxThreads));
  app.add_flag("--strict", request.strict, kStrictHelp);
  app.add_flag("--unverified", request.unverified,
               "Resume from a checkpoint without a checksum of its state, as early versions wrote "
               "it");
  const auto limit =
      app.add_option(
             "--time-limit", options.time_limit,
             "Time limit from the start of the program, such as 90s, 30min or 2h: training then "
             "stops with a checkpoint and exit code 5; continue with --resume")
          ->type_name("DURATION");
  app.add_flag("--dry-run", request.dry_run,
               "Check everything and print the resolved config, layers and data; do not train")
      ->excludes(limit);
  app.add_flag("--explain-plan", options.explain_plan,
               "Print how a training step of this config is computed, and why; do not train")
      ->excludes(limit);
  app.add_flag("--profile", options.profile,
               "Train for some seconds and print the time of a step by phase; writes no files")
      ->excludes(limit);
  app.add_option("--explain", options.explain,
                 "Print a reference of all config options, or of those under a path")
      ->type_name("[PATH]")
      ->expected(0, 1);
  const auto suggest =
      app.add_option("--suggest", options.suggest,
                     "Print a config for a file of rows, with the reason of each choice: "
                     "ae-train --suggest rows.csv > rows.json; ae-train --config rows.json")
          ->type_name("FILE")
          ->check(not_empty());
  app.add_option("--goal", options.goal,
                 "Goal of --suggest: code (few numbers for a row), anomaly (scores of unusual "
                 "rows), denoise, generate (new rows) or features (a sparse dictionary)")
      ->check(CLI::IsMember(std::vector<std::string>(goal_names().begin(), goal_names().end())))
      ->needs(suggest)
      ->capture_default_str();
  app.add_flag("--schema", options.schema, "Print a JSON Schema of the config, for editors");
}

int explain_options(const std::string& path) {
  const std::string text = explain(Experiment(), path);
  if (text.empty()) {
    throw usage_error("--explain {}: no such option{}", path,
                      did_you_mean(path, option_paths(Experiment())));
  }
  print(text);
  return 0;
}

void log_preflight(const PreflightReport& preflight) {
  for (const std::string& warning : preflight.warnings) spdlog::warn("{}", warning);
  for (const std::string& note : preflight.notes) spdlog::info("{}", note);
}

int dry_run(const Program& program, TrainingRun& run) {
  const Json config = options_json(run.experiment());
  Json json = {{"config", config},
               {"layers", layers_json(run.engine().model())},
               {"parameters", run.engine().parameters().parameter_count()},
               {"data", data_json(run.splits(), run.equal_rows())},
               {"plan", run.engine().plan()},
               {"warnings", run.preflight().warnings},
               {"notes", run.preflight().notes}};
  const std::string columns = column_table(run.splits());
  program.print_result(
      json, fmt::format("{}\n\n{}\n{}{}{}", config.dump(2), layers_text(run.engine().model()),
                        data_text(run.splits(), run.equal_rows()), columns.empty() ? "" : "\n\n",
                        columns));
  if (!program.common().json) log_preflight(run.preflight());
  return 0;
}

int explain_plan(const Program& program, TrainingRun& run) {
  const std::string& plan = run.engine().plan();
  program.print_result(Json{{"plan", plan}}, plan);
  return 0;
}

int profile(const Program& program, TrainingRun& run) {
  const Profile profile = profile_training(run);
  program.print_result(profile_json(profile, run.engine().plan()),
                       profile_text(profile, run.engine().plan()));
  return 0;
}

int train(const Program& program, TrainingRun& run, const TrainOptions& options,
          StopOnSignal& stop) {
  TimeLimit limit(options.time_limit, options.begin);
  stop.begin_saving();
  run.open();
  const bool terminal = isatty(STDOUT_FILENO) != 0;
  spdlog::info("{}", data_text(run.splits(), run.equal_rows()));
  spdlog::info("{} with {} parameters; reconstruction \"{}\" ({}); on {}: {}",
               run.experiment().model.kind, grouped(run.engine().parameters().parameter_count()),
               run.experiment().objective.reconstruction.type(),
               run.experiment().objective.reconstruction->unit(),
               device_text(run.engine().device()), run.engine().plan());
  log_preflight(run.preflight());
  if (run.resumed_epochs() > 0) {
    spdlog::info("resuming {} after epoch {}", run.paths().root.string(), run.resumed_epochs());
  }
  Progress progress(terminal && !program.common().json && !program.common().quiet);
  const auto warn = [&](const std::string& warning) { progress.warn(warning); };
  const Json result = run.run({&stop, &limit, &progress}, warn);
  program.print_result(result, result_text(result));
  if (StopOnSignal::signal() != 0) return 128 + StopOnSignal::signal();
  const bool in_time = result["completed"].get<bool>();
  return in_time ? 0 : exit_code(ErrorKind::time_limit);
}

}  // namespace

int main(int argc, char** argv) {
  keep_freed_memory();
  Program program("ae-train",
                  "Trains the autoencoder that a JSON config describes, and writes a run directory "
                  "with checkpoints, metrics, codes and pictures.");
  TrainOptions options;
  options.begin = monotonic_seconds();
  declare(program.app(), options);
  exit_process(program.run(argc, argv, [&] {
    if (options.explain) return explain_options(*options.explain);
    if (options.schema) {
      print(json_schema(Experiment()).dump(2) + "\n");
      return 0;
    }
    if (!options.suggest.empty()) {
      print(suggested_config(options.suggest, options.request.data_root, options.goal));
      return 0;
    }
    if (options.request.config.empty()) {
      throw usage_error("--config is missing: ae-train --config experiment.json");
    }
    options.request.command_line.assign(argv, argv + argc);
    if (options.threads) {
      options.request.settings.push_back(fmt::format("training.threads={}", *options.threads));
    }
    options.request.dry_run |= options.explain_plan || options.profile;
    StopOnSignal stop;
    TrainingRun run(options.request);
    if (options.explain_plan) return explain_plan(program, run);
    if (options.profile) return profile(program, run);
    if (options.request.dry_run) return dry_run(program, run);
    if (run.is_finished()) {
      const Json result = {{"run", run.paths().root.string()},
                           {"completed", true},
                           {"epochs", run.resumed_epochs()}};
      program.print_result(result, fmt::format("{} is finished: {} epochs",
                                               run.paths().root.string(), run.resumed_epochs()));
      return 0;
    }
    return train(program, run, options, stop);
  }));
}
