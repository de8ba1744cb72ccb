#include <spdlog/fmt/fmt.h>

#include <optional>

#include "cli/program.h"
#include "core/log.h"
#include "core/text.h"
#include "engine/device.h"
#include "inference/anomaly_score.h"
#include "inference/encode.h"

int main(int argc, char** argv) {
  using namespace ae;
  Program program("ae-encode",
                  "Encodes the rows of a file with a trained model, in the file's order and in "
                  "bounded memory.");
  std::filesystem::path run;
  std::string device = "auto";
  std::optional<int> threads;
  bool unverified = false;
  EncodeRequest request;
  std::string where;
  CLI::App& app = program.app();
  app.add_option("RUN", run, kRunHelp)->required()->check(not_empty());
  app.add_option("--data", request.data,
                 "Rows to encode: an IDX, CSV (both also gzip'd) or .npy file")
      ->required()
      ->check(not_empty());
  app.add_option("--labels", request.labels,
                 "Labels of the rows, for a conditional model: a file, or a column of --data");
  app.add_option("--out", request.out,
                 "Output file of the codes (of a VAE: posterior means): .npy [N, Z] float32, or "
                 ".csv")
      ->required()
      ->check(not_empty());
  app.add_flag("--log-variance", request.log_variance, "Also write the posterior's log-variances");
  app.add_flag("--sample", request.sample, "Also write one sample from the posterior per row");
  app.add_flag(
      "--reconstruction-error", request.reconstruction_error,
      "Also write each row's reconstruction error, in the terms of the training objective");
  app.add_option("--reconstruction", request.reconstruction,
                 "Output file of the decoded (of a denoising autoencoder: denoised) rows in the "
                 "data's units: .npy, .csv, or .png of the first 100 rows");
  app.add_flag("--fill", request.fill,
               "In --reconstruction, keep the values that the file has and fill the missing ones "
               "alone; for a model trained with data.missing");
  app.add_option("--scores", request.scores,
                 "Output file of anomaly scores, .csv: the row's number, ids, score, decision, and "
                 "the columns that add most to the score, with their shares of it");
  app.add_option("--score", request.score,
                 "Score of --scores: loss, the reconstruction loss of the training objective; "
                 "or rmse, the error of the numeric columns in the data's own units")
      ->check(CLI::IsMember(std::vector<std::string>(score_names().begin(), score_names().end())))
      ->capture_default_str();
  app.add_option("--threshold", request.threshold,
                 "Score above which a row is an anomaly: a share of the scores of the validation "
                 "(else training) rows that the run keeps, such as 99%, the default; f1, the best "
                 "F1 of labelled validation or test rows; or a number")
      ->check(not_empty());
  app.add_option("--where", where,
                 "Rows to encode, of a table: as data.train.where, such as '{\"kind\": \"a\"}'")
      ->check(not_empty());
  app.add_option("--seed", request.seed, "Random seed of --sample")
      ->check(whole_number(0, UINT64_MAX))
      ->capture_default_str();
  app.add_flag("--strict", request.strict, kStrictHelp);
  app.add_flag("--unverified", unverified, kUnverifiedHelp);
  app.add_option("--device", device, kDeviceHelp)->capture_default_str();
  app.add_option("--threads", threads, kThreadsHelp)->check(whole_number(1, kMaxThreads));
  exit_process(program.run(argc, argv, [&] {
    if (threads) set_threads(*threads);
    if (!where.empty()) request.where = where_of(where, "--where");
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
    std::string text =
        fmt::format("{} rows in {} dimensions: {}", grouped(result.rows), width, names);
    if (result.arrangement.shape.size() > 1) {
      text = fmt::format("{}: {} rows{}\n{}", request.data.string(), grouped(result.rows),
                         arrangement_text(result.arrangement), text);
    }
    Json scores;
    if (!request.scores.empty()) {
      text += fmt::format("\nscores: {}", result.score_unit);
      scores = {{"score", request.score}, {"unit", result.score_unit}};
      if (const auto& threshold = result.threshold) {
        text += fmt::format("; {} of {} rows are anomalies, above {:.6g} ({})",
                            grouped(result.anomalies), grouped(result.rows), threshold->value,
                            threshold->origin);
        scores["threshold"] = threshold->value;
        scores["threshold_origin"] = threshold->origin;
        scores["anomalies"] = result.anomalies;
      }
    }
    for (const std::string& warning : result.warnings) spdlog::warn("{}", warning);
    Json json = {{"rows", result.rows},
                 {"latent_dim", width},
                 {"files", files},
                 {"warnings", result.warnings}};
    if (!scores.is_null()) json["scores"] = scores;
    program.print_result(json, text);
    return 0;
  }));
}
