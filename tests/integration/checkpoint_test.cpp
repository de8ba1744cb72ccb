// Content, retention and damage of checkpoints.

#include <gtest/gtest.h>

#include "checkpoints/checkpoint_schema.h"
#include "integration/digits.h"

namespace ae {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

fs::path golden() { return fs::path(AE_SOURCE_DIR) / "tests" / "golden" / "checkpoints"; }

std::string schema_folder(int version) { return "schema_" + std::to_string(version); }

/// The run of the golden checkpoints, resumable from one of them.
void make_golden_run(const Workplace& place, int version) {
  for (const char* name : {"points.csv", "points.json"}) {
    fs::copy_file(golden() / name, place / name, fs::copy_options::overwrite_existing);
  }
  fs::remove_all(place / "run");
  // The golden checkpoints were made when tables were not yet standardised.
  ASSERT_THAT(place.run("ae-train", {"--config", "points.json", "--run-dir", "run", "--set",
                                     "data.preprocessing=[]"}),
              succeeds());
  fs::remove_all(place / "run/checkpoints/step_12");
  fs::copy(golden() / schema_folder(version), place / "run/checkpoints/step_12");
}

Arguments joined(Arguments arguments, const Arguments& more) {
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

/// Names of a run's checkpoints, without links.
std::vector<std::string> checkpoints_of(const fs::path& run) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(run / "checkpoints")) {
    if (!entry.is_symlink()) names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

TEST(Checkpoint, OfEverySchemaEncodesAndGoesOn) {
  const Workplace place;
  for (int version = 1; version <= kCheckpointSchema; ++version) {
    make_golden_run(place, version);
    const fs::path checkpoint = golden() / schema_folder(version);
    ASSERT_EQ(read_json(checkpoint / "state.json")["schema_version"], version);
    // Schema 1 has no checksum of state.json: such a checkpoint needs --unverified.
    const Arguments encode = {checkpoint.string(), "--data", "points.csv", "--out", "codes.csv"};
    const Arguments resume = {"--config", "points.json", "--run-dir",        "run",
                              "--resume", "--set",       "training.epochs=4"};
    const Arguments unverified = version == 1 ? Arguments{"--unverified"} : Arguments{};
    if (version == 1) {
      const auto refused = fails_as(3, {"model.safetensors: cannot be verified", "--unverified"});
      EXPECT_THAT(place.run("ae-encode", encode), refused);
      EXPECT_THAT(place.run("ae-train", resume), refused);
    }
    ASSERT_THAT(place.run("ae-encode", joined(encode, unverified)), succeeds());
    const Array got = read_array(place / "codes.csv");
    const Array expected = read_array(golden() / "codes.csv");
    ASSERT_EQ(got.values.size(), expected.values.size());
    for (size_t i = 0; i < got.values.size(); ++i) {
      EXPECT_NEAR(got.values[i], expected.values[i], 1e-5) << version;
    }
    const ProgramResult more = place.run("ae-train", joined(resume, unverified));
    EXPECT_THAT(more, succeeds());
    EXPECT_THAT(more.out, HasSubstr("resuming run after epoch 3"));
    EXPECT_EQ(read_json(place / "run/checkpoints/last/state.json")["schema_version"],
              kCheckpointSchema);
  }
}

TEST(Checkpoint, OfALaterSchemaIsRefused) {
  const Workplace place;
  make_golden_run(place, kCheckpointSchema);
  const fs::path state = place / "run/checkpoints/last/state.json";
  std::string text = bytes_of(state);
  text.replace(text.find("_version\": 2"), 12, "_version\": 7");
  std::ofstream(state) << text;
  EXPECT_THAT(place.run("ae-train", {"--config", "points.json", "--run-dir", "run", "--resume"}),
              fails_as(3, {"state.json: schema_version is 7; expected 1 to 2"}));
}

TEST(Checkpoint, OfEqualRunsHasEqualWeightsWhereverTheyAndTheirDataLie) {
  const Workplace here;
  const Workplace there;
  Json config = digits_config("vae");
  fs::create_directories(there / "deep/data");
  for (const fs::path& folder : {here.path(), there / "deep/data"}) {
    fs::copy_file(digits_csv(), folder / "digits.csv");
  }
  config["name"] = "one";
  config["data"]["train"]["path"] = (here / "digits.csv").string();
  ASSERT_THAT(here.train(config, {"--run-dir", "a"}), succeeds());
  config["name"] = "another";
  config["data"]["train"]["path"] = "data/digits.csv";
  ASSERT_THAT(there.train(config, {"--data-root", "deep", "--quiet", "--json"}), succeeds());
  const std::string one = bytes_of(here / "a/checkpoints/best/model.safetensors");
  EXPECT_EQ(one, bytes_of(there / "runs/another/checkpoints/best/model.safetensors"));
  EXPECT_THAT(one, Not(HasSubstr(here.path().string())));
  // The manifest records the data's folders.
  EXPECT_THAT(there.run("ae-eval", {"runs/another"}), succeeds());
}

TEST(Checkpoint, StaysAsTheConfigSays) {
  const Workplace place;
  Json config = digits_config("autoencoder", 3);  // 23 updates in an epoch
  config["training"].update({{"checkpoint_every", "10u"}, {"keep_last", 2}, {"keep_every", "1e"}});
  config["objective"]["reconstruction"] = "mse";
  ASSERT_THAT(place.train(config), succeeds());
  EXPECT_THAT(checkpoints_of(place / "runs/autoencoder"),
              ElementsAre("step_23", "step_46", "step_60", "step_69"));
  // Fewer recent checkpoints are kept from now on; permanent ones remain.
  ASSERT_THAT(place.train(config, {"--resume", "--set", "training.epochs=4", "--set",
                                   "training.keep_last=1"}),
              succeeds());
  EXPECT_THAT(checkpoints_of(place / "runs/autoencoder"),
              ElementsAre("step_23", "step_46", "step_69", "step_92"));
  for (const auto& [setting, expected] :
       {std::pair{"training.keep_last=0", "expected an integer in [1, "},
        std::pair{"training.keep_every=10s", "expected a length such as"}}) {
    EXPECT_THAT(place.train(config, {"--dry-run", "--set", setting}), fails_as(2, {expected}));
  }
}

TEST(Checkpoint, WithAnyByteChangedOrCutOffIsRefused) {
  const Workplace place;
  make_golden_run(place, kCheckpointSchema);
  const fs::path folder = place / "run/checkpoints/step_12";
  const Arguments more = {"--config", "points.json", "--run-dir",        "run",
                          "--resume", "--set",       "training.epochs=4"};
  for (const char* name : {"model.safetensors", "state.safetensors", "state.json"}) {
    const std::string whole = bytes_of(folder / name);
    // A few bytes; the unit test covers all of them.
    for (const size_t at : {size_t{0}, whole.size() / 2, whole.size() - 1}) {
      std::string damaged = whole;
      damaged[at] ^= 1;
      std::ofstream(folder / name, std::ios::binary) << damaged;
      EXPECT_THAT(place.run("ae-train", more), fails_as(3, {name})) << at;
      std::ofstream(folder / name, std::ios::binary) << whole.substr(0, at);
      EXPECT_THAT(place.run("ae-train", more), fails_as(3, {name})) << at;
    }
    std::ofstream(folder / name, std::ios::binary) << whole;
  }
  EXPECT_THAT(place.run("ae-train", more), succeeds());
}

TEST(Resume, FindsACheckpointThatHasNoLinkYet) {
  const Workplace place;
  Json config = digits_config("vae", 2);
  ASSERT_THAT(place.train(config), succeeds());
  for (const char* link : {"last", "best"}) fs::remove(place / "runs/vae/checkpoints" / link);
  const ProgramResult more = place.train(config, {"--resume", "--set", "training.epochs=3"});
  EXPECT_THAT(more, succeeds());
  EXPECT_THAT(more.out, HasSubstr("resuming runs/vae after epoch 2"));
  ASSERT_THAT(place.train(digits_config("vae", 3), {"--run-dir", "whole"}), succeeds());
  EXPECT_EQ(bytes_of(place / "runs/vae/checkpoints/best/model.safetensors"),
            bytes_of(place / "whole/checkpoints/best/model.safetensors"));
}

TEST(Resume, RefusesOtherValidationAndTestRowsAndOtherLabels) {
  const Workplace place;
  Json config = digits_config("autoencoder", 1);
  for (const char* name : {"train.csv", "validation.csv", "test.csv"}) {
    fs::copy_file(digits_csv(), place / name);
  }
  config["data"]["train"]["path"] = "train.csv";
  config["data"]["validation"] = {{"path", "validation.csv"}, {"labels", "label"}};
  config["data"]["test"] = {{"path", "test.csv"}, {"labels", "label"}};
  ASSERT_THAT(place.train(config), succeeds());
  const Arguments more = {"--resume", "--set", "training.epochs=2"};
  const std::string whole = bytes_of(digits_csv());
  std::string fewer = whole;
  fewer.resize(fewer.rfind('\n', fewer.size() - 2) + 1);
  std::string relabelled = whole;
  const size_t label = relabelled.size() - 2;
  relabelled[label] = relabelled[label] == '1' ? '2' : '1';
  for (const char* name : {"train.csv", "validation.csv", "test.csv"}) {
    place.write(name, fewer);
    EXPECT_THAT(place.train(config, more), fails_as(3, {name, "has changed since the run"}));
    place.write(name, relabelled);
    EXPECT_THAT(place.train(config, more), fails_as(3, {name, "its labels have changed"}));
    place.write(name, whole);
  }
  // Their folder does not matter.
  fs::rename(place / "test.csv", place / "moved.csv");
  config["data"]["test"]["path"] = "moved.csv";
  EXPECT_THAT(place.train(config, more), succeeds());
}

TEST(Resume, IsRecordedWithWhatDiffersFromTheBeginning) {
  const Workplace place;
  ASSERT_THAT(place.train(digits_config("vae", 1)), succeeds());
  const fs::path path = place / "runs/vae/manifest.json";
  ASSERT_THAT(place.train(digits_config("vae", 2), {"--resume"}), succeeds());
  Json manifest = read_json(path);
  ASSERT_EQ(manifest["resumed"].size(), 1);
  const Json& entry = manifest["resumed"][0];
  EXPECT_EQ(entry["epoch"], 1);
  EXPECT_EQ(entry["versions"], manifest["versions"]);
  EXPECT_EQ(entry["processor"], manifest["processor"]);
  EXPECT_TRUE(entry["note"].is_null());

  manifest["versions"]["libtorch"] = "1.0";  // as by another installation
  place.write("runs/vae/manifest.json", manifest.dump());
  const ProgramResult result = place.train(digits_config("vae", 3), {"--resume"});
  EXPECT_THAT(result, succeeds());
  EXPECT_THAT(result.out, HasSubstr("libtorch was 1.0 and is"));
  manifest = read_json(path);
  ASSERT_EQ(manifest["resumed"].size(), 2);
  EXPECT_THAT(manifest["resumed"][1]["note"], HasSubstr("the last bits of results may differ"));
}

}  // namespace
}  // namespace ae
