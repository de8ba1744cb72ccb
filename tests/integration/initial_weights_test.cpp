// Runs that start from the weights of others: model.initial_weights and model.freeze.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "config/overrides.h"
#include "integration/digits.h"
#include "io/formats/safetensors_file.h"

namespace ae {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

/// Bytes of each tensor of a run's last checkpoint.
std::map<std::string, std::string> weights_of(const fs::path& run) {
  const SafetensorsFile file =
      SafetensorsFile::read(run / "checkpoints" / "last" / "model.safetensors");
  std::map<std::string, std::string> weights;
  for (const TensorEntry& entry : file.tensors()) {
    weights[entry.name] = {reinterpret_cast<const char*>(entry.bytes.data()), entry.bytes.size()};
  }
  return weights;
}

/// A config of another run that starts from `source`.
Json from_weights(Json config, const std::string& source) {
  config["name"] = "second";
  config["model"]["initial_weights"] = source;
  return config;
}

TEST(InitialWeights, StartAnotherRunWithAnotherRate) {
  const Workplace place;
  const Json config = digits_config("vae", 2);
  ASSERT_THAT(place.train(config), succeeds());
  Json second = from_weights(config, "runs/vae");
  second["optimizer"] = {{"type", "adam"}, {"learning_rate", 1e-12}};
  second["training"]["epochs"] = 1;
  const ProgramResult trained = place.train(second);
  ASSERT_THAT(trained, succeeds());
  EXPECT_THAT(trained.out, HasSubstr("starting from the weights of runs/vae/checkpoints/step_"));
  // With a rate of almost 0, the weights are still those of the first run.
  const double before = read_metrics(place / "runs/vae/metrics.jsonl").back()["reconstruction"];
  const double after = read_metrics(place / "runs/second/metrics.jsonl").back()["reconstruction"];
  EXPECT_NEAR(after, before, 0.05 * before);

  const Json noted = read_json(place / "runs/second/manifest.json")["initial_weights"];
  EXPECT_THAT(noted["path"].get<std::string>(),
              AllOf(HasSubstr(fs::canonical(place.path()).string()), HasSubstr("/step_")));
  EXPECT_GT(noted["step"].get<int64_t>(), 0);
  EXPECT_EQ(noted["checksum"].get<std::string>().size(), 32u);
  EXPECT_EQ(read_json(place / "runs/second/config.json")["model"]["initial_weights"], "runs/vae");
}

TEST(InitialWeights, AreNotNeededToResume) {
  const Workplace place;
  const Json config = digits_config("autoencoder", 1);
  ASSERT_THAT(place.train(config), succeeds());
  Json second = from_weights(config, "runs/autoencoder");
  second["training"]["epochs"] = 4;
  ASSERT_THAT(place.train(second, {"--run-dir", "whole"}), succeeds());
  second["training"]["epochs"] = 2;
  ASSERT_THAT(place.train(second, {"--run-dir", "parts"}), succeeds());
  fs::remove_all(place / "runs/autoencoder");
  second["training"]["epochs"] = 4;
  ASSERT_THAT(place.train(second, {"--run-dir", "parts", "--resume"}), succeeds());
  expect_same_run(place / "whole", place / "parts");
  EXPECT_TRUE(read_json(place / "parts/manifest.json").contains("initial_weights"));

  second["model"].erase("initial_weights");
  EXPECT_THAT(place.train(second, {"--run-dir", "parts", "--resume"}),
              fails_as(2, {"model.initial_weights was \"autoencoder\" and is now \"\""}));
}

TEST(InitialWeights, MayBeAFileOrRelativeToTheConfig) {
  const Workplace place;
  const Json config = digits_config("autoencoder", 1);
  ASSERT_THAT(place.train(config, {"--run-dir", "configs/first"}), succeeds());
  place.write("configs/second.json",
              from_weights(config, "first/checkpoints/last/model.safetensors").dump());
  EXPECT_THAT(place.run("ae-train", {"--config", "configs/second.json"}), succeeds());
}

TEST(InitialWeights, ThatAreNotThereOrDamagedAreRefused) {
  const Workplace place;
  const Json config = digits_config("autoencoder", 1);
  EXPECT_THAT(place.train(from_weights(config, "runs/none")),
              fails_as(3, {"model.initial_weights = \"runs/none\": no such run or checkpoint",
                           "looked for runs/none"}));
  ASSERT_THAT(place.train(config), succeeds());
  EXPECT_THAT(place.train(from_weights(config, "runs")),
              fails_as(3, {"runs: holds no complete checkpoint"}));
  const fs::path model = place / "runs/autoencoder/checkpoints/last/model.safetensors";
  const std::string whole = bytes_of(model);
  std::string damaged = whole;
  damaged[damaged.size() - 9] ^= 1;
  std::ofstream(model, std::ios::binary) << damaged;
  EXPECT_THAT(place.train(from_weights(config, "runs/autoencoder")),
              fails_as(3, {"model.safetensors", "damaged"}));
  std::ofstream(model, std::ios::binary) << whole;
  fs::remove(place / "runs/autoencoder/checkpoints/last/state.json");
  EXPECT_THAT(place.train(from_weights(config, "runs/autoencoder/checkpoints/last")),
              fails_as(3, {"cannot be verified", "--unverified"}));
  EXPECT_EQ(place.train(from_weights(config, "runs/autoencoder/checkpoints/last"), {"--unverified"})
                .exit_code,
            0);
}

TEST(InitialWeights, OfTheRunItselfAreRefused) {
  const Workplace place;
  Json config = digits_config("autoencoder", 1);
  ASSERT_THAT(place.train(config), succeeds());
  config["model"]["initial_weights"] = "runs/autoencoder/checkpoints/best";
  for (const Arguments& more : {Arguments{"--overwrite"}, Arguments{"--dry-run"}}) {
    EXPECT_THAT(place.train(config, more),
                fails_as(2, {"the directory of this run", "--resume", "--run-dir"}));
  }
  EXPECT_THAT(place.train(config, {"--resume"}), fails_as(2, {"model.initial_weights was \"\""}));
}

TEST(InitialWeights, OfAnotherModelAreListedOneByOne) {
  const Workplace place;
  const Json config = digits_config("autoencoder", 1);
  ASSERT_THAT(place.train(config), succeeds());
  Json second = from_weights(config, "runs/autoencoder");
  second["model"]["latent_dim"] = 6;
  EXPECT_THAT(place.train(second),
              fails_as(2, {"latent.projection.weight is 4×40 there and 6×40 here",
                           "latent.projection.bias is 4 there and 6 here",
                           "decoder.0.weight is 40×4 there and 40×6 here"}));
  second["model"]["latent_dim"] = 4;
  second["model"]["kind"] = "vae";
  EXPECT_THAT(place.train(second),
              fails_as(2, {"latent.mean.weight is missing there",
                           "\"latent.projection.weight\" is not part of this model"}));
  EXPECT_FALSE(fs::exists(place / "runs/second"));
}

TEST(InitialWeights, SayWhatElseDiffers) {
  const Workplace place;
  Json config = digits_config("autoencoder", 1);
  config["objective"]["reconstruction"] = {{"type", "gaussian"}, {"variance", "learned"}};
  ASSERT_THAT(place.train(config), succeeds());
  Json second = from_weights(config, "runs/autoencoder");
  EXPECT_THAT(place.train(second).out, Not(HasSubstr("warning: model.initial_weights")));
  second["name"] = "third";
  second["data"]["scale"] = "none";
  second["model"]["encoder"]["activation"] = "tanh";
  second["objective"]["reconstruction"] = {{"type", "laplace"}, {"variance", "learned"}};
  const ProgramResult trained = place.train(second);
  ASSERT_EQ(trained.exit_code, 0) << trained.err;
  EXPECT_THAT(
      trained.out,
      AllOf(HasSubstr("had its data preprocessed otherwise: scaling.divisor was 16"),
            HasSubstr("model.encoder.activation"),
            HasSubstr("initialised anew, as they are not there: reconstruction.log_scale"),
            HasSubstr("of no use to this reconstruction loss: \"reconstruction.log_sigma\"")));

  // Other columns, or another number of them.
  second["data"]["train"]["exclude"] = {"pixel_0_0"};
  second["data"].erase("shape");
  second["name"] = "fourth";
  EXPECT_THAT(place.train(second), fails_as(2, {"rows of 64 values", "rows of 63"}));
}

TEST(InitialWeights, OfATableNeedItsColumns) {
  const Workplace place;
  std::string rows;
  for (int i = 0; i < 40; ++i) {
    rows +=
        std::to_string(i % 7) + "," + std::to_string(i % 5) + "," + std::to_string(i % 3) + "\n";
  }
  place.write("first.csv", "a,b,c\n" + rows);
  place.write("other.csv", "a,b,d\n" + rows);
  place.write("turned.csv", "a,c,b\n" + rows);
  Json config = {{"name", "first"},
                 {"data", {{"train", {{"path", "first.csv"}}}}},
                 {"model", {{"latent_dim", 2}}},
                 {"training", {{"epochs", 1}, {"threads", 1}}}};
  ASSERT_EQ(place.train(config).exit_code, 0);
  config = from_weights(config, "runs/first");
  config["data"]["train"]["path"] = "other.csv";
  EXPECT_THAT(place.train(config),
              fails_as(2, {"other columns", "only there \"c\"", "only here \"d\""}));
  config["data"]["train"]["path"] = "turned.csv";
  EXPECT_THAT(place.train(config), fails_as(2, {"in another order"}));
  config["data"]["train"] = {{"path", "first.csv"}, {"exclude", {"c"}}};
  EXPECT_THAT(place.train(config), fails_as(2, {"rows of 3 values", "rows of 2"}));
}

TEST(Freeze, KeepsTheBitsOfTheFirstRun) {
  const Workplace place;
  ASSERT_THAT(place.train(digits_config("vae", 1)), succeeds());
  const auto before = weights_of(place / "runs/vae");
  Json second = from_weights(digits_config("vae", 3), "runs/vae/checkpoints/last");
  second["model"]["freeze"] = {"encoder", "latent"};
  second["optimizer"] = {{"type", "adamw"}, {"weight_decay", 0.5}, {"clip_norm", 0.1}};
  ASSERT_THAT(place.train(second), succeeds());
  size_t kept = 0;
  for (const auto& [name, bytes] : weights_of(place / "runs/second")) {
    const bool is_frozen = !name.starts_with("decoder.");
    kept += is_frozen ? 1 : 0;
    EXPECT_EQ(bytes == before.at(name), is_frozen) << name;
  }
  EXPECT_GE(kept, 6u);

  // Resumed, to the same bits.
  second["training"]["epochs"] = 4;
  ASSERT_THAT(place.train(second, {"--run-dir", "whole"}), succeeds());
  ASSERT_THAT(place.train(second, {"--resume"}), succeeds());
  expect_same_run(place / "whole", place / "runs/second");
}

TEST(Freeze, OfWhatCannotBeIsRefused) {
  const Workplace place;
  const auto train = [&](const Json& model) {
    return place.train(layered(digits_config("autoencoder", 1), {{"model", model}}));
  };
  EXPECT_THAT(train({{"freeze", {"encoder", "latent", "decoder"}}}),
              fails_as(2, {"model.freeze", "leaves nothing to train"}));
  EXPECT_THAT(train({{"freeze", {"latent", "decoder"}}, {"encoder", {{"type", "linear"}}}}),
              fails_as(2, {"model.freeze", "leaves nothing to train"}));
  EXPECT_THAT(train({{"freeze", {"decoder"}}, {"tied", true}}),
              fails_as(2, {"contradicts model.tied"}));
  EXPECT_THAT(train({{"freeze", {"decoder"}}, {"unit_norm_decoder", true}}),
              fails_as(2, {"contradicts model.unit_norm_decoder"}));
  EXPECT_THAT(train({{"freeze", {"head"}}}),
              fails_as(2, {"model.freeze", "a list of distinct ones of encoder, latent, decoder"}));
  EXPECT_THAT(train({{"freeze", {"latent", "latent"}}}), fails_as(2, {"model.freeze"}));
  const ProgramResult random = train({{"freeze", {"encoder"}}});
  EXPECT_EQ(random.exit_code, 0);
  EXPECT_THAT(random.out, HasSubstr("model.freeze \"encoder\" without model.initial_weights"));
}

}  // namespace
}  // namespace ae
