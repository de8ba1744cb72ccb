// What cannot be done is refused in one line, with the right exit code, and leaves nothing behind.

#include <gtest/gtest.h>
#include <zlib.h>

#include "integration/digits.h"

namespace ae {
namespace {

namespace fs = std::filesystem;

/// A config of the data in `path`, found in the config's folder.
Json config_of(const std::string& path) {
  Json config = digits_config("autoencoder", 1);
  config["data"] = {{"train", {{"path", path}}}};
  return config;
}

std::string gzipped(const TempDir& place, const std::string& bytes) {
  const fs::path path = place / "packed";
  gzFile file = gzopen(path.c_str(), "wb");
  gzwrite(file, bytes.data(), static_cast<unsigned>(bytes.size()));
  gzclose(file);
  const std::string packed = bytes_of(path);
  fs::remove(path);
  return packed;
}

std::string npy(const std::string& type, const std::string& shape, const std::string& data) {
  std::string header =
      "{'descr': '" + type + "', 'fortran_order': False, 'shape': " + shape + ", }";
  header.resize(117, ' ');
  return std::string("\x93NUMPY\x01\x00\x76\x00", 10) + header + "\n" + data;
}

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
                  {"model.latent.k = 5 is more than model.latent_dim = 4"}},
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
                  {"corruption.size = 9 does not fit into rows of 1×8×8", "at most 8"}},
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

struct BadData {
  const char* name;
  std::string file;
  std::string bytes;
  bool gzip;
  size_t kept;  ///< bytes of the file that are written; 0 for all
  std::vector<std::string> said;
};

void PrintTo(const BadData& tested, std::ostream* stream) { *stream << tested.name; }

class BadDataFile : public testing::TestWithParam<BadData> {};

TEST_P(BadDataFile, IsRefusedByTrainingAndEncodingWithItsPlace) {
  const BadData& tested = GetParam();
  const Workplace place;
  std::string bytes = tested.gzip ? gzipped(place, tested.bytes) : tested.bytes;
  if (tested.kept != 0) bytes.resize(tested.kept);
  place.write(tested.file, bytes);
  std::vector<std::string> said = tested.said;
  said.push_back(tested.file);
  EXPECT_THAT(place.train(config_of(tested.file)), fails_as(3, said));
  const ProgramResult encoded =
      place.run("ae-encode", {trained_vae().string(), "--data", tested.file, "--out", "x.npy"});
  EXPECT_THAT(encoded, fails_as(3, {tested.file}));
  EXPECT_EQ(place.entries(), 2U) << "the config and the data";
}

const std::string kNumbers(16, '\0');

INSTANTIATE_TEST_SUITE_P(
    Files, BadDataFile,
    testing::Values(
        BadData{"Empty", "d.csv", "", false, 0, {"is empty"}},
        BadData{"WrongMagic",
                "d.bin",
                "\x7f"
                "ELF\x02\x01\x01",
                false,
                0,
                {}},
        BadData{"Ragged", "d.csv", "a,b\n1,2\n3\n", false, 0, {"line 3"}},
        BadData{"TextInNumbers", "d.csv", "a,b\n1,2\n3,x\n", false, 0, {"line 3", "\"x\""}},
        BadData{"NotANumber", "d.csv", "a,b\n1,2\n3,nan\n", false, 0, {"line 3", "nan"}},
        BadData{"NanInArray",
                "d.npy",
                npy("<f4", "(2, 1)", std::string("\0\0\0\0\0\0\xc0\x7f", 8)),
                false,
                0,
                {"[1, 0]"}},
        BadData{"CutShort", "d.npy", npy("<f4", "(3, 2)", kNumbers), false, 0, {"cut short"}},
        BadData{
            "TrailingBytes", "d.npy", npy("<f4", "(1, 2)", kNumbers), false, 0, {"trailing bytes"}},
        BadData{"HugeShape",
                "d.npy",
                npy("<f4", "(99999999999999, 9)", kNumbers),
                false,
                0,
                {"cut short"}},
        BadData{"NoNumbers", "d.npy", npy("|O", "(2, 2)", kNumbers), false, 0, {}},
        BadData{"TruncatedGzip", "d.csv.gz", "a,b\n1,2\n3,4\n5,6\n", true, 22, {}}),
    [](const auto& tested) { return std::string(tested.param.name); });

TEST(Data, ThatIsMissingOrDoesNotFitIsRefused) {
  const Workplace place;
  EXPECT_THAT(place.train(config_of("no.csv")), fails_as(3, {"no.csv", "--data-root"}));
  fs::create_directory(place / "folder");
  EXPECT_THAT(place.train(config_of("folder")), fails_as(3, {"folder", "is a folder"}));

  place.write("d.csv", "a,b,c\n0.5,0.5,0.5\n0.5,0.5,1.5\n0.5,0.5,0.5\n");
  Json config = config_of("d.csv");
  config["objective"]["reconstruction"] = "bernoulli";
  EXPECT_THAT(place.train(config), fails_as(3, {"d.csv", "row 1", "\"c\" = 1.5", "data.scale"}));
  place.write("s.csv", "a,b\n0.5,-1.5\n-0.5,1.5\n");
  config["data"]["train"]["path"] = "s.csv";
  EXPECT_THAT(place.train(config),
              fails_as(3, {"s.csv", "\"b\" = -1.5", "standardised", "\"gaussian\""}));
  config = config_of("d.csv");
  place.write("labels.csv", "1\n2\n");
  config["data"]["train"]["labels"] = "labels.csv";
  EXPECT_THAT(place.train(config), fails_as(3, {"labels.csv", "2", "3"}));
  config = config_of("d.csv");
  config["data"]["shape"] = {1, 2, 2};
  EXPECT_THAT(place.train(config), fails_as(3, {"d.csv", "1×2×2 needs 4"}));
  config = config_of("d.csv");
  config["data"]["validation"] = {{"last", 3}};
  EXPECT_THAT(place.train(config), fails_as(3, {"holds out 3 of 3"}));

  std::string packed = gzipped(place, bytes_of(digits_csv()));
  packed[packed.size() / 2] ^= 0x10;
  place.write("d.csv.gz", packed);
  EXPECT_THAT(place.train(config_of("d.csv.gz")), fails_as(3, {"d.csv.gz"}));
  EXPECT_FALSE(fs::exists(place / "runs"));
}

TEST(APlace, ThatCannotBeWrittenToIsFoundBeforeAnythingIsSaid) {
  const Workplace place;
  place.write("file", "");
  const Json config = digits_config("autoencoder", 1);
  EXPECT_THAT(place.train(config, {"--run-dir", "file/run"}), fails_as(3, {"file"}));
  EXPECT_THAT(place.train(config, {"--run-dir", "/proc/run"}), fails_as(3, {"/proc/run"}));
  const std::string run = trained_vae().string();
  for (const char* out : {"file/x.npy", "missing/x.npy", "/proc/x.npy"}) {
    EXPECT_THAT(place.run("ae-encode", {run, "--data", digits_csv().string(), "--out", out}),
                fails_as(3, {out, "cannot be written"}));
    EXPECT_THAT(place.run("ae-sample", {run, "--out", out}), fails_as(3, {out}));
  }
  EXPECT_EQ(place.entries(), 2U) << "the file and the config";
}

TEST(ARun, ThatIsMissingDamagedOrOfAnotherModelIsRefused) {
  const Workplace place;
  place.write("text.txt", "hello");
  const auto encode = [&](const std::string& run) {
    return place.run("ae-encode", {run, "--data", digits_csv().string(), "--out", "x.npy"});
  };
  EXPECT_THAT(encode("runs/none"), fails_as(3, {"runs/none", "no such run"}));
  EXPECT_THAT(encode("."), fails_as(3, {"no complete checkpoint"}));
  EXPECT_THAT(encode("text.txt"), fails_as(3, {"text.txt"}));
  EXPECT_THAT(place.run("ae-eval", {"runs/none"}), fails_as(3, {"runs/none"}));
  EXPECT_THAT(place.run("ae-sample", {"runs/none", "--out", "x.npy"}), fails_as(3, {"runs/none"}));

  fs::create_directory(place / "copy");
  const std::string whole = bytes_of(trained_vae() / "checkpoints/best/model.safetensors");
  for (const size_t length : {size_t{0}, size_t{7}, size_t{100}, size_t{3000}, whole.size() - 1}) {
    place.write("copy/model.safetensors", whole.substr(0, length));
    EXPECT_THAT(encode("copy"), fails_as(3, {"model.safetensors"})) << length;
  }
  std::string flipped = whole;
  flipped[whole.size() - 100] ^= 4;
  place.write("copy/model.safetensors", flipped);
  place.write("copy/state.json", bytes_of(trained_vae() / "checkpoints/best/state.json"));
  EXPECT_THAT(encode("copy"), fails_as(3, {"model.safetensors", "checksum"}));
  fs::remove(place / "copy/state.json");

  // The config that is kept says 4 latents; the weights are of 4, too, until the text is changed.
  std::string other = whole;
  const std::string said = "\\\"latent_dim\\\":4";
  const size_t at = other.find(said);
  ASSERT_NE(at, std::string::npos);
  other[at + said.size() - 1] = '5';
  place.write("copy/model.safetensors", other);
  EXPECT_THAT(encode("copy"), fails_as(3, {"does not fit", "latent.mean.weight", "expected 5×32"}));
  EXPECT_EQ(place.entries(), 2U);
}

}  // namespace
}  // namespace ae
