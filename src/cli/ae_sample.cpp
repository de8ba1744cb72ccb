#include <spdlog/fmt/fmt.h>

#include <optional>

#include "cli/program.h"
#include "core/text.h"
#include "engine/device.h"
#include "inference/sample.h"

int main(int argc, char** argv) {
  using namespace ae;
  Program program("ae-sample", "Samples new rows from a trained VAE, or decodes given codes.");
  std::filesystem::path run;
  std::string device = "auto";
  std::optional<int> threads;
  bool unverified = false;
  SampleRequest request;
  CLI::App& app = program.app();
  app.add_option("RUN", run, kRunHelp)->required()->check(not_empty());
  app.add_option("--out", request.out,
                 "Output file: a .png grid, or rows in the data's units as .npy or .csv")
      ->required()
      ->check(not_empty());
  const auto count = app.add_option("--count", request.count, "Number of samples")
                         ->check(whole_number(1, uint64_t{1} << 40))
                         ->capture_default_str();
  app.add_option("--codes", request.codes,
                 "File of codes [N, Z] to decode instead of samples: .npy or .csv")
      ->excludes(count)
      ->check(not_empty());
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
    const TrainedModel model = load_trained_model(
        run, choose_device(device), unverified ? Unverified::use : Unverified::refuse);
    const int64_t rows = sample_file(model, request);
    program.print_result({{"rows", rows}, {"file", request.out.string()}},
                         fmt::format("{} rows: {}", grouped(rows), request.out.string()));
    return 0;
  }));
}
