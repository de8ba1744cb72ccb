// Training of every model kind on real data, and the resulting run directory.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "integration/digits.h"
#include "io/formats/safetensors_file.h"

namespace ae {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::HasSubstr;
using testing::IsSupersetOf;
using testing::Not;

std::set<std::string> keys_of(const Json& json) {
  std::set<std::string> keys;
  for (const auto& [key, value] : json.items()) keys.insert(key);
  return keys;
}

/// Width and height, after a check of the signature.
std::pair<int, int> png_size(const fs::path& path) {
  const std::string bytes = bytes_of(path);
  EXPECT_EQ(bytes.substr(0, 8), "\x89PNG\r\n\x1a\n") << path;
  const auto number = [&](size_t at) {
    int value = 0;
    for (size_t i = 0; i < 4; ++i) value = value * 256 + static_cast<unsigned char>(bytes[at + i]);
    return value;
  };
  return {number(16), number(20)};
}

void expect_metrics(const fs::path& path, const std::set<std::string>& parts) {
  const std::vector<Json> lines = read_metrics(path);
  ASSERT_EQ(lines.size(), 4U) << "two epochs of train and validation";
  for (size_t i = 0; i < lines.size(); ++i) {
    const bool train = i % 2 == 0;
    EXPECT_EQ(lines[i]["split"], train ? "train" : "validation");
    EXPECT_EQ(lines[i]["epoch"], i / 2 + 1);
    EXPECT_EQ(lines[i]["step"], (i / 2 + 1) * 23);  // 1,438 rows in batches of 64
    std::set<std::string> expected = {"step", "epoch", "split", "loss", "squared_error", "mse"};
    expected.insert(parts.begin(), parts.end());
    if (train) expected.insert({"learning_rate", "samples_per_second", "seconds"});
    if (!train && parts.contains("kl")) expected.insert("active_units");
    if (train && parts.contains("l0")) expected.insert("dead");
    std::set<std::string> keys = keys_of(lines[i]);
    keys.erase("reconstruction_clean");
    EXPECT_EQ(keys, expected);
    EXPECT_TRUE(std::isfinite(lines[i]["loss"].get<double>()));
  }
  EXPECT_LT(lines[2]["loss"], lines[0]["loss"]);
}

void expect_complete_run(const Workplace& place, const fs::path& run, bool vae) {
  const std::vector<std::string> files = place.files();
  const std::string root = run.lexically_relative(place.path()).string();
  for (const std::string& name : files) EXPECT_THAT(name, Not(HasSubstr(".tmp")));
  for (const char* name :
       {"config.json", "manifest.json", "metrics.jsonl", "checkpoints/step_46/model.safetensors",
        "checkpoints/step_46/state.safetensors", "checkpoints/step_46/state.json",
        "latents/validation.npy", "latents/validation.labels.npy", "latents/validation.rows.npy",
        "samples/inputs.png", "samples/reconstructions.png"}) {
    EXPECT_THAT(files, Contains(root + "/" + name));
  }
  EXPECT_EQ(fs::read_symlink(run / "checkpoints/last"), "step_46");
  EXPECT_TRUE(fs::read_symlink(run / "checkpoints/best").is_relative());

  const Array codes = read_array(run / "latents/validation.npy");
  EXPECT_EQ(codes.rows, 359);
  EXPECT_EQ(codes.shape, std::vector<int64_t>{4});
  const std::vector<int64_t> rows = read_integers(run / "latents/validation.rows.npy");
  const std::vector<int64_t> labels = read_integers(run / "latents/validation.labels.npy");
  ASSERT_EQ(rows.size(), 359U);
  ASSERT_EQ(labels.size(), 359U);
  const Array file = read_array(digits_csv());  // the label is its last column
  EXPECT_TRUE(std::is_sorted(rows.begin(), rows.end()));
  for (size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(labels[i], file.values[static_cast<size_t>(rows[i] * 65 + 64)]);
  }
  // 16 tiles across: 2 lines of inputs, each above its reconstructions.
  const auto inputs = png_size(run / "samples/inputs.png");
  const auto pairs = png_size(run / "samples/reconstructions.png");
  EXPECT_GE(inputs.first, 16 * 8);
  EXPECT_EQ(pairs.first, inputs.first);
  EXPECT_GT(pairs.second, inputs.second);
  EXPECT_EQ(fs::exists(run / "samples/samples.png"), vae);
  EXPECT_EQ(fs::exists(run / "latents/validation.log_variance.npy"), vae);
  if (vae) {
    const auto samples = png_size(run / "samples/samples.png");
    EXPECT_EQ(samples.first, samples.second) << "10 by 10";
  }
}

struct Kind {
  const char* name;
  std::set<std::string> parts;
};

class EveryKind : public testing::TestWithParam<Kind> {};

TEST_P(EveryKind, TrainsAndLeavesACompleteRun) {
  const Workplace place;
  const std::string kind = GetParam().name;
  const ProgramResult result = place.train(digits_config(kind));
  ASSERT_THAT(result, succeeds());
  EXPECT_THAT(result.out, HasSubstr("epoch 2/2"));
  EXPECT_THAT(result.out, Not(HasSubstr("\r"))) << "plain lines where no terminal is";
  const fs::path run = place / ("runs/" + kind);
  expect_metrics(run / "metrics.jsonl", GetParam().parts);
  expect_complete_run(place, run, kind == "vae");

  const Json manifest = read_json(run / "manifest.json");
  EXPECT_THAT(keys_of(manifest), IsSupersetOf({"name", "started", "finished", "versions", "device",
                                               "threads", "seed", "command_line", "data"}));
  EXPECT_EQ(manifest["seed"], 7);
  EXPECT_EQ(manifest["data"]["train"]["rows"], 1438);

  // The resolved config is a valid config with the same meaning.
  const ProgramResult again =
      place.run("ae-train", {"--config", (run / "config.json").string(), "--dry-run", "--json",
                             "--run-dir", "elsewhere"});
  ASSERT_THAT(again, succeeds());
  EXPECT_EQ(Json::parse(again.out)["config"].dump(), read_json(run / "config.json").dump());
  EXPECT_FALSE(fs::exists(place / "elsewhere"));
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, EveryKind,
    testing::Values(Kind{"autoencoder", {"reconstruction"}},
                    Kind{"sparse",
                         {"reconstruction", "sparsity", "l0", "density", "variance_explained"}},
                    Kind{"denoising", {"reconstruction"}}, Kind{"vae", {"reconstruction", "kl"}}),
    [](const auto& tested) { return std::string(tested.param.name); });

TEST(Training, IsAFunctionOfTheSeed) {
  const Workplace place;
  const Json config = digits_config("vae", 1);
  ASSERT_THAT(place.train(config, {"--run-dir", "a"}), succeeds());
  ASSERT_THAT(place.train(config, {"--run-dir", "b"}), succeeds());
  ASSERT_THAT(place.train(config, {"--run-dir", "c", "--set", "seed=8"}), succeeds());
  const auto model = [&](const char* run) {
    return bytes_of(place / run / "checkpoints/last/model.safetensors");
  };
  EXPECT_EQ(model("a"), model("b"));
  EXPECT_NE(model("a"), model("c"));
  EXPECT_EQ(read_timeless_metrics(place / "a/metrics.jsonl"),
            read_timeless_metrics(place / "b/metrics.jsonl"));
  EXPECT_EQ(bytes_of(place / "a/latents/validation.npy"),
            bytes_of(place / "b/latents/validation.npy"));
}

TEST(Training, EndsEarlyWithResultsWherePatienceEnds) {
  const Workplace place;
  Json config = digits_config("autoencoder", 50);
  config["training"]["early_stopping"] = {{"patience_epochs", 1}, {"min_delta", 1e6}};
  config["data"]["test"] = config["data"]["train"];
  const ProgramResult result = place.train(config, {"--json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Json json = Json::parse(result.out);
  EXPECT_EQ(json["completed"], true);
  EXPECT_EQ(json["epochs"], 2) << "the first epoch improves on nothing; the second does not";
  EXPECT_TRUE(json.contains("test"));
  EXPECT_TRUE(fs::exists(place / "runs/autoencoder/latents/test.npy"));
  const ProgramResult resumed = place.train(config, {"--resume"});
  EXPECT_THAT(resumed, succeeds());
  EXPECT_THAT(resumed.out, HasSubstr("is finished"));
}

TEST(Training, ThatDivergesKeepsTheBestEpochAndSaysSoInOneLine) {
  const Workplace place;
  Json config = digits_config("autoencoder", 50);
  config["optimizer"] = {{"type", "sgd"}, {"learning_rate", 1e30}};
  config["training"]["batch_size"] = 2000;  // one step: the first epoch is still finite
  const ProgramResult result = place.train(config, {"--quiet"});
  EXPECT_THAT(result, fails_as(4, {"diverged in epoch", "learning_rate", "1e+30"}));
}

TEST(Training, KeepsTheBestEpochThatCameBeforeADivergence) {
  const Workplace place;
  Json config = digits_config("autoencoder", 20);
  config["training"]["checkpoint_every"] = "1000e";
  ASSERT_THAT(place.train(config, {"--set", "training.epochs=1"}), succeeds());
  const fs::path best = place / "runs/autoencoder/checkpoints/best";
  ASSERT_EQ(fs::read_symlink(best), "step_23");
  config["data"].erase("validation");
  config["data"]["scale"] = "none";
  config["optimizer"] = {{"type", "sgd"}, {"learning_rate", 0.5}};
  config["training"]["batch_size"] = 1797;
  const ProgramResult result = place.train(config, {"--quiet", "--overwrite"});
  EXPECT_THAT(result, fails_as(4, {"diverged"}));
  ASSERT_TRUE(fs::exists(best / "model.safetensors")) << "an epoch before was finite";
  EXPECT_THAT(place.run("ae-encode", {"runs/autoencoder", "--data", digits_csv().string(), "--out",
                                      "codes.npy"}),
              succeeds());
}

TEST(Training, SavesAndTestsTheAverageOfTheWeights) {
  const Workplace place;
  Json config = digits_config("autoencoder", 3);
  config["data"]["test"] = config["data"]["train"];
  config["training"]["ema"] = {{"decay", 0.9}};
  const ProgramResult result = place.train(config, {"--json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;

  const fs::path best = place / "runs/autoencoder/checkpoints/best";
  const SafetensorsFile model = SafetensorsFile::read(best / "model.safetensors");
  const SafetensorsFile state = SafetensorsFile::read(best / "state.safetensors");
  for (const TensorEntry& average : model.tensors()) {
    const TensorEntry* last = state.find("weights." + average.name);
    ASSERT_NE(last, nullptr) << average.name;
    EXPECT_EQ(last->shape, average.shape);
    EXPECT_FALSE(std::equal(last->bytes.begin(), last->bytes.end(), average.bytes.begin()))
        << average.name;
  }

  const ProgramResult evaluated = place.run("ae-eval", {"runs/autoencoder", "--json"});
  ASSERT_THAT(evaluated, succeeds());
  const double tested = Json::parse(result.out)["test"]["loss"];
  EXPECT_NEAR(Json::parse(evaluated.out)["objective"]["loss"], tested, 1e-6 * tested);
}

TEST(Training, LogsTheLearningRateOfItsSchedule) {
  const Workplace place;
  Json config = digits_config("autoencoder", 3);
  config["optimizer"] = {{"type", "adamw"},
                         {"learning_rate", 0.01},
                         {"schedule", {{"type", "step"}, {"every", "1e"}, {"factor", 0.5}}}};
  ASSERT_THAT(place.train(config), succeeds());
  std::vector<double> rates;
  for (const Json& line : read_metrics(place / "runs/autoencoder/metrics.jsonl")) {
    if (line["split"] == "train") rates.push_back(line["learning_rate"]);
  }
  EXPECT_THAT(rates, testing::ElementsAre(0.01, 0.005, 0.0025));
}

TEST(Training, WritesWideCodesInPortions) {
  const Workplace place;
  const auto peak_of = [&](int64_t rows) {
    write_sparse_npy(place / "rows.npy", rows, 4);
    const Json config = {{"name", "wide"},
                         {"data", {{"train", {{"path", "rows.npy"}}}}},
                         {"model", {{"encoder", "linear"}, {"latent_dim", 16384}}},
                         {"training", {{"epochs", 1}, {"batch_size", 50}}}};
    const ProgramResult result = place.train(config, {"--overwrite", "--quiet"});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result.peak_bytes;
  };
  const int64_t codes_bytes = 4000 * 16384 * 4;
  EXPECT_LT(peak_of(4000) - peak_of(50), codes_bytes / 2);
}

}  // namespace
}  // namespace ae
