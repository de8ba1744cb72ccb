// Invalid configs are refused with one line that names the option, and no file is left behind.

#include <gtest/gtest.h>

#include "integration/digits.h"

namespace ae {
namespace {

struct BadConfig {
  const char* name;
  std::string text;
  Arguments arguments;
  std::vector<std::string> said;
};

void PrintTo(const BadConfig& tested, std::ostream* stream) { *stream << tested.name; }

std::string changed(const std::string& pointer, const Json& value) {
  Json config = digits_config("vae");
  config[Json::json_pointer(pointer)] = value;
  return config.dump();
}

std::string without(const std::string& group, const std::string& key) {
  Json config = digits_config("vae");
  config[group].erase(key);
  return config.dump();
}

class ABadConfig : public testing::TestWithParam<BadConfig> {};

TEST_P(ABadConfig, IsRefusedByName) {
  const BadConfig& tested = GetParam();
  const Workplace place;
  place.write("c.json", tested.text);
  Arguments arguments = {"--config", "c.json"};
  arguments.insert(arguments.end(), tested.arguments.begin(), tested.arguments.end());
  EXPECT_THAT(place.run("ae-train", arguments), fails_as(2, tested.said));
  EXPECT_EQ(place.entries(), 1U) << "the config";
}

INSTANTIATE_TEST_SUITE_P(
    Configs, ABadConfig,
    testing::Values(
        BadConfig{"Malformed", "{\"name\": ", {}, {"c.json", "not valid JSON", "line 1"}},
        BadConfig{"Empty", "", {}, {"c.json", "not valid JSON"}},
        BadConfig{"NoObject", "[1, 2]", {}, {"c.json", "expected a JSON object"}},
        BadConfig{"KeyTwice", R"({"seed": 1, "seed": 2})", {}, {"\"seed\" is given twice"}},
        BadConfig{"DeeplyNested", std::string(100000, '['), {}, {"c.json", "nested deeper"}},
        BadConfig{"NoUtf8", "{\"name\": \"\xff\"}", {}, {"c.json", "not valid JSON"}},
        BadConfig{"MissingOption",
                  without("model", "latent_dim"),
                  {},
                  {"c.json", "model.latent_dim is missing", "[1, 65536]"}},
        BadConfig{"UnknownKey",
                  changed("/model/latnt_dim", 3),
                  {},
                  {"c.json", "unknown key \"latnt_dim\" in model", "did you mean \"latent_dim\""}},
        BadConfig{"KeyInTheWrongPlace",
                  changed("/epochs", 3),
                  {},
                  {"unknown key \"epochs\"", "did you mean \"training.epochs\""}},
        BadConfig{"KeyWithALineEnd", changed("/se\ned", 3), {}, {"unknown key \"se\\ned\""}},
        BadConfig{"WrongType",
                  changed("/model/latent_dim", "four"),
                  {},
                  {"c.json", "model.latent_dim = \"four\"", "an integer in [1, 65536]"}},
        BadConfig{"OutOfRange",
                  changed("/training/batch_size", 0),
                  {},
                  {"training.batch_size = 0", "in [1, 16777216]"}},
        BadConfig{"AFractionOfARow",
                  changed("/training/epochs", 1.5),
                  {},
                  {"training.epochs = 1.5", "an integer"}},
        BadConfig{"UnknownPart",
                  changed("/objective/reconstruction", "bernouli"),
                  {},
                  {"bernouli", "did you mean \"bernoulli\""}},
        BadConfig{"VaeWithoutPosterior",
                  changed("/model/latent", "deterministic"),
                  {},
                  {"model.kind \"vae\" contradicts model.latent"}},
        BadConfig{"KlWithoutPosterior",
                  changed("/model/kind", "autoencoder"),
                  {"--set", "objective.kl.weight=1"},
                  {"objective.kl contradicts model.latent"}},
        BadConfig{"TwoValidations",
                  changed("/data/validation/last", 3),
                  {},
                  {"data.validation needs exactly one of", "several"}},
        BadConfig{"NesterovWithoutMomentum",
                  changed("/optimizer", {{"type", "sgd"}, {"nesterov", true}}),
                  {},
                  {"c.json", "optimizer.nesterov = true needs optimizer.momentum above 0"}},
        BadConfig{"WarmUpBeforeOneCycle",
                  changed("/optimizer/schedule", {{"type", "one_cycle"}, {"warm_up", "1e"}}),
                  {},
                  {"c.json", "optimizer.schedule.warm_up = \"1e\"", "leave warm_up out"}},
        BadConfig{
            "LengthInSeconds",
            changed("/optimizer/schedule", {{"type", "step"}, {"every", "10s"}}),
            {},
            {"optimizer.schedule.every = \"10s\"", "\"10e\" (epochs) or \"5000u\" (updates)"}},
        BadConfig{"WarmUpLongerThanTraining",
                  changed("/optimizer/schedule", {{"type", "cosine"}, {"warm_up", "3e"}}),
                  {"--dry-run"},
                  {"c.json: optimizer.schedule.warm_up \"3e\" is 69 updates (23 an epoch); "
                   "training.epochs = 2 makes 46; shorten it or train longer"}},
        BadConfig{"StepLongerThanTraining",
                  changed("/training/accumulate_batches", 5),  // 1,438 rows in updates of 320
                  {"--set", "optimizer.schedule={\"type\": \"step\", \"every\": \"11u\"}"},
                  {"optimizer.schedule.every \"11u\" is 11 updates (5 an epoch)", "makes 10"}},
        BadConfig{"NameOfAnotherFolder", changed("/name", "../x"), {}, {"name = \"../x\""}},
        BadConfig{"BadSetting",
                  changed("/seed", 1),
                  {"--set", "model.latent_dim=0"},
                  {"--set", "model.latent_dim = 0", "[1, 65536]"}},
        BadConfig{"SettingWithoutValue",
                  changed("/seed", 1),
                  {"--set", "model.latent_dim"},
                  {"--set model.latent_dim", "KEY=VALUE"}},
        BadConfig{"NoGpu", changed("/seed", 1), {"--device", "cuda"}, {"cuda", "--device cpu"}},
        BadConfig{
            "UnknownDevice", changed("/seed", 1), {"--device", "gpu"}, {"gpu", "cpu or cuda"}},
        BadConfig{"UnknownLogLevel",
                  changed("/seed", 1),
                  {"--log-level", "loud"},
                  {"--log-level loud", "expected trace"}},
        BadConfig{
            "WindowThatDoesNotFit",
            changed("/model/encoder", {{"type", "conv"}, {"kernel", 5}, {"padding", "valid"}}),
            {},
            {"model.encoder.channels[1]: a kernel of 5 does not fit", "2×2"}},
        BadConfig{"KlWarmUpLongerThanTraining",
                  changed("/objective/kl", {{"warm_up", {{"length", "3e"}}}}),
                  {},
                  {"c.json: objective.kl.warm_up.length \"3e\" is 69 updates (23 an epoch); "
                   "training.epochs = 2 makes 46; shorten it or train longer"}},
        BadConfig{"MoreActiveThanThere",
                  changed("/model/latent", {{"type", "top_k"}, {"k", 5}}),
                  {"--set", "model.kind=\"sparse\"", "--set", "objective.kl=null"},
                  {"model.latent.k = 5 is greater than model.latent_dim = 4"}},
        BadConfig{"BoundsTheWrongWayRound",
                  changed("/model/latent", {{"type", "gaussian"},
                                            {"log_variance_bounds", {{"low", 2}, {"high", -2}}}}),
                  {},
                  {"model.latent.log_variance_bounds: low = 2 is not below high = -2"}},
        BadConfig{"TiedSparseCode",
                  changed("/model/tied", true),
                  {"--set", "model.kind=\"sparse\"", "--set",
                   "model.latent={\"type\": \"top_k\", \"k\": 2}"},
                  {"c.json: model.tied contradicts model.latent \"top_k\""}},
        BadConfig{"DeadLatentsBehindHiddenLayers",
                  changed("/seed", 1),
                  {"--set", "model.kind=\"sparse\"", "--set", "objective.reconstruction=\"mse\"",
                   "--set", "model.latent={\"type\": \"top_k\", \"k\": 2, \"auxiliary_k\": 2}"},
                  {"c.json: model.latent.auxiliary_k needs decoder \"linear\""}},
        BadConfig{"BoundWithoutLikelihood",
                  changed("/objective/bound", "iwae"),
                  {"--set", "objective.reconstruction=\"mse\""},
                  {"c.json: objective.bound \"iwae\" needs a log-likelihood", "\"bernoulli\""}},
        BadConfig{"BoundWithoutPrior",
                  changed("/objective/bound", "iwae"),
                  {"--set", "objective.kl=null"},
                  {"c.json: objective.bound \"iwae\" contradicts objective.kl = null"}},
        BadConfig{"BlockLargerThanTheImage",
                  changed("/corruption", {{"type", "block_masking"}, {"size", 9}}),
                  {},
                  {"corruption.size = 9 does not fit into rows of shape 1×8×8", "at most 8"}},
        BadConfig{"SparsityWithoutThresholds",
                  changed("/model/sparsity", "l0"),
                  {"--set", "model.kind=\"sparse\"", "--set", "model.latent=\"deterministic\""},
                  {"c.json: model.sparsity \"l0\" needs latent \"jump_relu\""}},
        BadConfig{"ContractionOfMixedRows",
                  changed("/model/encoder/normalization", "batch"),
                  {"--set", "objective.contractive_weight=1"},
                  {"objective.contractive_weight contradicts model.encoder.normalization"}},
        BadConfig{"BiasThatCannotBeFound",
                  changed("/model/output_bias_from_data", true),
                  {"--set", "objective.reconstruction=\"mse\"", "--set",
                   "model.decoder.output_activation=\"gelu\""},
                  {"model.output_bias_from_data contradicts model.decoder.output_activation"}},
        BadConfig{"LargerThanMemory",
                  changed("/model/encoder/hidden", {1000000, 1000000}),
                  {},
                  {"does not fit into memory", "1,000,000", "4000 GB", "take smaller widths"}}),
    [](const auto& tested) { return std::string(tested.param.name); });

TEST(AConfig, ThatIsMissingOrAFolderIsRefused) {
  const Workplace place;
  EXPECT_THAT(place.run("ae-train", {}), fails_as(2, {"--config is missing"}));
  EXPECT_THAT(place.run("ae-train", {"--config", "no.json"}), fails_as(2, {"no.json"}));
  EXPECT_THAT(place.run("ae-train", {"--config", "."}), fails_as(2, {".: is a folder"}));
  EXPECT_THAT(place.run("ae-train", {"--config", "/dev/zero"}), fails_as(2, {"/dev/zero: longer"}));
  EXPECT_EQ(place.entries(), 0U);
}

}  // namespace
}  // namespace ae
