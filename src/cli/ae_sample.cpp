#include <spdlog/fmt/fmt.h>
#include <spdlog/spdlog.h>

#include <filesystem>
#include <optional>
#include <string>

#include "cli/program.h"
#include "config/json.h"
#include "core/error.h"
#include "core/text.h"
#include "engine/device.h"
#include "evaluation/evaluation_data.h"
#include "inference/aggregated_posterior.h"
#include "inference/sample.h"

namespace {

/// Mixture of the codes of a file's rows or, without one, of the run's training rows.
ae::AggregatedPosterior fitted_posterior(const ae::TrainedModel& model,
                                         const std::filesystem::path& data,
                                         const std::string& data_root) {
  const int threads = static_cast<int>(ae::threads());
  if (!data.empty()) return fit_aggregated_posterior(model, data, threads);
  ae::EvaluateRequest request;
  request.data_root = data_root;
  const auto training_rows = [&] {
    try {
      return load_evaluation_data(model, request).splits.train;
    } catch (const ae::Error& error) {
      if (error.kind() != ae::ErrorKind::data) throw;
      throw ae::data_error("{}; or name rows to fit to with --data FILE", error.what());
    }
  }();
  return fit_aggregated_posterior(model, training_rows, threads);
}

}  // namespace

int main(int argc, char** argv) {
  using namespace ae;
  Program program(
      "ae-sample",
      "Samples new rows from a trained VAE, or from a Gaussian mixture of any autoencoder's codes; "
      "decodes given codes, and varies, interpolates and traverses the codes of given rows.");
  std::filesystem::path run;
  std::string device = "auto";
  std::optional<int> threads;
  bool unverified = false;
  SampleRequest request;
  std::string from_what = "prior";
  std::string data_root;
  CLI::App& app = program.app();
  app.add_option("RUN", run, kRunHelp)->required()->check(not_empty());
  app.add_option("--out", request.out,
                 "Output file: a .png grid, or rows in the data's units as .npy or .csv")
      ->required()
      ->check(not_empty());
  const auto count = app.add_option("--count", request.count, "Number of samples")
                         ->check(whole_number(1, uint64_t{1} << 40))
                         ->capture_default_str();
  const auto from =
      app.add_option("--from", from_what,
                     "Distribution of sampled codes: prior (a VAE's), or aggregated_posterior, a "
                     "Gaussian mixture fitted to the codes of the training rows, of as many "
                     "components as have the least BIC (default: prior)")
          ->check(CLI::IsMember({"prior", "aggregated_posterior"}));
  const auto codes =
      app.add_option("--codes", request.codes,
                     "File of codes [N, Z] to decode instead of samples: .npy or .csv")
          ->excludes(count)
          ->excludes(from)
          ->check(not_empty());
  const auto data = app.add_option("--data", request.data,
                                   "File of the rows of --rows, or of those to whose codes --from "
                                   "aggregated_posterior fits: any that ae-encode reads")
                        ->check(not_empty());
  app.add_option(
         "--data-root", data_root,
         "Folder of the training rows of --from aggregated_posterior, if it has moved since "
         "training")
      ->needs(from)
      ->excludes(data);
  const auto rows = app.add_option("--rows", request.rows,
                                   "Numbers of rows of --data, from 0, separated by commas")
                        ->delimiter(',')
                        ->needs(data)
                        ->check(whole_number(0, uint64_t{1} << 40));
  rows->excludes(count)->excludes(codes)->excludes(from);
  const auto interpolate =
      app.add_option("--interpolate", request.interpolate,
                     "Steps from each of --rows to the next, both included: a line of the picture")
          ->needs(rows)
          ->check(whole_number(2, 10000));
  app.add_flag("--spherical", request.spherical,
               "Interpolate along great circles, as suits a Gaussian prior, not along lines")
      ->needs(interpolate);
  const auto variations =
      app.add_option("--variations", request.variations,
                     "Draws around the code of each of --rows, from its posterior; without a "
                     "posterior, with the standard deviations of all codes of --data")
          ->needs(rows)
          ->check(whole_number(1, 10000));
  app.add_option("--temperature", request.temperature,
                 "Factor of the standard deviations of --variations")
      ->needs(variations)
      ->check(CLI::Range(0.0, 1000.0))
      ->capture_default_str();
  const auto traverse =
      app.add_option("--traverse", request.traverse,
                     "Latents, from 0, separated by commas, each of which is changed alone: from "
                     "the prior's mean or from each of --rows")
          ->delimiter(',')
          ->check(whole_number(0, 65535));
  app.add_option("--steps", request.steps, "Steps of --traverse")
      ->needs(traverse)
      ->check(whole_number(2, 10000))
      ->capture_default_str();
  app.add_option("--span", request.span,
                 "Standard deviations of --traverse to each side: of the prior or, with --rows, of "
                 "all codes of --data")
      ->needs(traverse)
      ->check(CLI::Range(0.0, 1000.0))
      ->capture_default_str();
  const auto manifold =
      app.add_option("--manifold", request.manifold,
                     "Side of a grid over the quantiles of a prior of two latents")
          ->check(whole_number(2, 1000));
  for (CLI::Option* mode : {interpolate, variations, traverse, manifold}) {
    mode->excludes(count);
    for (CLI::Option* other : {interpolate, variations, traverse, manifold}) {
      if (other != mode) mode->excludes(other);
    }
    mode->excludes(codes);
    mode->excludes(from);
  }
  rows->excludes(manifold);
  data->excludes(codes)->excludes(manifold);
  app.add_option("--seed", request.seed, "Random seed; equal seeds give equal rows")
      ->check(whole_number(0, UINT64_MAX))
      ->capture_default_str();
  app.add_option("--label", request.label,
                 "Label of all rows, for a conditional model (default: all labels in turn)");
  app.add_flag("--from-likelihood", request.from_likelihood,
               "Sample each value from the decoder's likelihood instead of taking its mean");
  app.add_flag("--unverified", unverified, kUnverifiedHelp);
  app.add_option("--device", device, kDeviceHelp)->capture_default_str();
  app.add_option("--threads", threads, kThreadsHelp)->check(whole_number(1, kMaxThreads));
  exit_process(program.run(argc, argv, [&] {
    if (threads) set_threads(*threads);
    const bool fits = from_what == "aggregated_posterior";
    if (!request.data.empty() && request.rows.empty() && !fits) {
      throw usage_error("--data: needs --rows, or --from aggregated_posterior");
    }
    if (!data_root.empty() && !fits) {
      throw usage_error("--data-root: needs --from aggregated_posterior");
    }
    const TrainedModel model = load_trained_model(
        run, choose_device(device), unverified ? Unverified::use : Unverified::refuse);
    if (fits) {
      check_sample_output(model, request);
      request.aggregated_posterior = fitted_posterior(model, request.data, data_root);
    }
    const int64_t written = sample_file(model, request);
    Json json = {{"rows", written}, {"file", request.out.string()}};
    if (fits) {
      for (const std::string& line : request.aggregated_posterior->lines()) {
        spdlog::info("{}", line);
      }
      json["sampled_from"] = request.aggregated_posterior->to_json();
    }
    program.print_result(json, fmt::format("{} rows: {}", grouped(written), request.out.string()));
    return 0;
  }));
}
