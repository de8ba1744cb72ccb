#include <spdlog/fmt/fmt.h>

#include "cli/program.h"
#include "core/text.h"
#include "engine/device.h"
#include "inference/encode.h"

int main(int argc, char** argv) {
  using namespace ae;
  Program program("ae-encode",
                  "Encodes the rows of a file with a trained model, in their order, in bounded "
                  "memory.");
  std::filesystem::path run;
  std::string device = "auto";
  bool unverified = false;
  EncodeRequest request;
  CLI::App& app = program.app();
  app.add_option("RUN", run, "A run directory (its best checkpoint, else its last) or a checkpoint")
      ->required()
      ->check(not_empty());
  app.add_option("--data", request.data, "IDX or CSV (also gzip'd) or .npy")
      ->required()
      ->check(not_empty());
  app.add_option("--labels", request.labels,
                 "Of the rows, for a conditional model: a file, or a column of the data");
  app.add_option("--out", request.out,
                 "Codes (a VAE's: posterior means): .npy [N, Z] float32, or .csv")
      ->required()
      ->check(not_empty());
  app.add_flag("--log-variance", request.log_variance, "Also the posterior's log-variances");
  app.add_flag("--sample", request.sample, "Also one draw from the posterior");
  app.add_flag("--reconstruction-error", request.reconstruction_error,
               "Also each row's reconstruction error, as the training objective measures it");
  app.add_option("--reconstruction", request.reconstruction,
                 "Decoded (a denoiser's: denoised) rows in the data's units: .npy, .csv, or .png "
                 "of the first 100");
  app.add_option("--seed", request.seed, "Of --sample")
      ->check(whole_number(0, UINT64_MAX))
      ->capture_default_str();
  app.add_flag("--unverified", unverified, kUnverifiedHelp);
  app.add_option("--device", device, "auto, cpu or cuda")->capture_default_str();
  leave(program.run(argc, argv, [&] {
    const TrainedModel model = load_trained_model(
        run, choose_device(device), unverified ? Unverified::use : Unverified::refuse);
    const EncodeResult result = encode_file(model, request);
    Json files = Json::array();
    std::string names;
    for (const std::filesystem::path& file : result.files) {
      files.push_back(file.string());
      names += (names.empty() ? "" : ", ") + file.string();
    }
    const int64_t width = model.model->latent_dim();
    program.print_result(
        {{"rows", result.rows}, {"latent_dim", width}, {"files", files}},
        fmt::format("{} rows in {} dimensions: {}", grouped(result.rows), width, names));
    return 0;
  }));
}
