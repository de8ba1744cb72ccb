// Output of the programs on stdout and stderr.

#include <gtest/gtest.h>

#include "integration/digits.h"

namespace ae {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

TEST(EveryProgram, ExplainsItself) {
  const Workplace place;
  for (const char* name : {"ae-train", "ae-encode", "ae-sample", "ae-eval", "ae-inspect"}) {
    const ProgramResult version = place.run(name, {"--version"});
    EXPECT_THAT(version, succeeds());
    EXPECT_THAT(version.out, StartsWith(std::string(name) + " "));
    const ProgramResult help = place.run(name, {"--help"});
    EXPECT_THAT(help, succeeds());
    EXPECT_THAT(help.out, AllOf(HasSubstr("--json"), HasSubstr("--quiet"), HasSubstr("--log-level"),
                                HasSubstr("Exit codes")));
    EXPECT_THAT(place.run(name, {"--nonsense"}),
                fails_as(2, {"; see " + std::string(name) + " --help"}));
  }
  EXPECT_THAT(place.files(), IsEmpty());
}

TEST(Reference, NeedsNoConfig) {
  const Workplace place;
  const ProgramResult all = place.run("ae-train", {"--explain"});
  EXPECT_THAT(all, succeeds());
  EXPECT_THAT(all.out, AllOf(HasSubstr("model.latent_dim"), HasSubstr("training.epochs"),
                             HasSubstr("corruption")));
  const ProgramResult one = place.run("ae-train", {"--explain", "model.latent_dim"});
  EXPECT_THAT(one, succeeds());
  EXPECT_THAT(one.out, AllOf(HasSubstr("model.latent_dim"), HasSubstr("[1, 65536]"),
                             Not(HasSubstr("training.epochs"))));
  EXPECT_THAT(place.run("ae-train", {"--explain", "model.latnt_dim"}),
              fails_as(2, {"model.latnt_dim", "did you mean \"model.latent_dim\""}));
  const ProgramResult schema = place.run("ae-train", {"--schema"});
  EXPECT_THAT(schema, succeeds());
  EXPECT_TRUE(Json::parse(schema.out)["properties"].contains("model"));
}

TEST(DryRun, PrintsAllAndWritesNothing) {
  const Workplace place;
  const Json config = digits_config("vae");
  const ProgramResult text = place.train(config, {"--dry-run", "--set", "model.latent_dim=3"});
  ASSERT_THAT(text, succeeds());
  EXPECT_THAT(text.out,
              AllOf(HasSubstr("\"latent_dim\": 3"), HasSubstr("encoder.0"), HasSubstr("total"),
                    HasSubstr("1,438 rows, images 1×8×8, channels first")));
  const ProgramResult json = place.train(config, {"--dry-run", "--json", "--run-dir", "."});
  ASSERT_THAT(json, succeeds());
  const Json parsed = Json::parse(json.out);
  // (64 + 1) 40, twice (40 + 1) 4, (4 + 1) 40, (40 + 1) 64
  EXPECT_EQ(parsed["parameters"], 65 * 40 + 2 * 41 * 4 + 5 * 40 + 41 * 64);
  EXPECT_EQ(parsed["data"]["validation"]["rows"], 359);
  EXPECT_EQ(place.entries(), 1U) << "the config";
}

TEST(Output, IsOneObjectWithJsonAndOneLineWhenQuiet) {
  const Workplace place;
  const Json config = digits_config("autoencoder", 1);
  const ProgramResult json = place.train(config, {"--json"});
  ASSERT_EQ(json.exit_code, 0) << json.err;
  EXPECT_EQ(json.out.find('\n'), json.out.size() - 1);
  const Json result = Json::parse(json.out);
  EXPECT_EQ(result["run"], "runs/autoencoder");
  EXPECT_EQ(result["epochs"], 1);
  EXPECT_THAT(json.err, HasSubstr("epoch 1/1")) << "logs go to stderr";

  EXPECT_THAT(place.train(config), fails_as(2, {"runs/autoencoder", "--overwrite", "--resume"}));
  const ProgramResult quiet = place.train(config, {"--overwrite", "--quiet"});
  EXPECT_THAT(quiet, succeeds());
  EXPECT_EQ(quiet.out.find('\n'), quiet.out.size() - 1);
  EXPECT_THAT(quiet.out, HasSubstr("runs/autoencoder"));
}

TEST(Data, IsFoundByRootEnvironmentOrConfigFolder) {
  const Workplace place;
  Json config = digits_config("autoencoder");
  config["data"]["train"]["path"] = "digits/digits.csv";
  const std::string root = fs::path(AE_SOURCE_DIR) / "data";
  EXPECT_THAT(place.train(config, {"--dry-run"}),
              fails_as(3, {"digits/digits.csv", "no such file", "--data-root"}));
  EXPECT_THAT(place.train(config, {"--dry-run", "--data-root", root}), succeeds());
  EXPECT_THAT(place.train(config, {"--dry-run"}, {{"AE_DATA_ROOT", root}}), succeeds());
  fs::create_directory(place / "digits");
  fs::create_symlink(digits_csv(), place / "digits/digits.csv");
  EXPECT_THAT(place.train(config, {"--dry-run"}), succeeds());
}

TEST(StandardOutput, ThatTakesNothingIsNoticed) {
  const Workplace place;
  for (const char* option : {"--explain", "--help", "--version"}) {
    RunningProgram full("ae-train", {option}, place.path(), {}, "/dev/full");
    EXPECT_THAT(full.wait(), fails_as(3, {"standard output", "No space left"})) << option;
  }
}

TEST(StandardOutput, ThatIsClosedDoesNotEndUpInAFile) {
  const Workplace place;
  const Arguments arguments = {trained_vae().string(), "--count", "3", "--out", "rows.csv"};
  RunningProgram closed("ae-sample", arguments, place.path(), {}, "-");
  EXPECT_THAT(closed.wait(), succeeds());
  EXPECT_EQ(read_array(place / "rows.csv").rows, 3);
}

TEST(Overwrite, ReplacesRunsOnly) {
  const Workplace place;
  const Json config = digits_config("autoencoder", 1);
  fs::create_directory(place / "precious");
  place.write("precious/thesis.txt", "years of work");
  place.write("file", "");
  for (const char* folder : {"precious", ".", "file"}) {
    for (const char* option : {"--overwrite", "--resume"}) {
      EXPECT_THAT(place.train(config, {"--run-dir", folder, option}),
                  fails_as(2, {folder, "is not a run directory"}));
    }
  }
  EXPECT_EQ(bytes_of(place / "precious/thesis.txt"), "years of work");
}

TEST(Inspect, PrintsARunAsTextAndJson) {
  const Workplace place;
  const ProgramResult text = place.run("ae-inspect", {trained_vae().string()});
  EXPECT_THAT(text, succeeds());
  EXPECT_THAT(text.out, AllOf(HasSubstr("encoder.0.weight"), HasSubstr("vae")));
  const ProgramResult json = place.run("ae-inspect", {trained_vae().string(), "--json"});
  EXPECT_THAT(json, succeeds());
  EXPECT_TRUE(Json::parse(json.out).is_object());
}

TEST(ExplainPlan, SaysHowStepsAreComputedAndWhy) {
  const Workplace place;
  const auto plan_of = [&](const std::vector<std::string>& settings) {
    std::vector<std::string> arguments = {"--explain-plan"};
    for (const std::string& setting : settings) {
      arguments.insert(arguments.end(), {"--set", setting});
    }
    const ProgramResult result = place.train(digits_config("vae"), arguments);
    EXPECT_THAT(result, succeeds());
    return result.out;
  };
  EXPECT_EQ(plan_of({"training.threads=2"}), "fused steps, 2 threads\n");
  EXPECT_EQ(plan_of({"training.threads=2", "model.encoder.hidden=[32]"}),
            "fused steps of narrow layers, 2 threads\n");
  EXPECT_EQ(plan_of({"model.encoder.activation=\"gelu\"", "training.threads=2"}),
            "autograd (no fused kernels for gelu), each batch split between 2 threads\n");
  EXPECT_THAT(plan_of({"objective.kl.free_bits=0.1", "training.threads=2"}),
              HasSubstr("rows of a batch depend on each other"));
  EXPECT_FALSE(std::filesystem::exists(place / "runs"));
}

TEST(Profile, SaysWhereTheTimeOfAStepGoesAndWritesNothing) {
  const Workplace place;
  const Json config = digits_config("vae", 100000);
  const ProgramResult text = place.train(config, {"--profile"});
  EXPECT_THAT(text, succeeds());
  EXPECT_THAT(text.out,
              AllOf(HasSubstr("fused steps"), HasSubstr("\nbackward "), HasSubstr("% of the ")));
  for (const char* activation : {"\"relu\"", "\"gelu\""}) {  // fused, and data-parallel autograd
    const ProgramResult json =
        place.train(config, {"--profile", "--json", "--set", "training.threads=2", "--set",
                             std::string("model.encoder.activation=") + activation});
    EXPECT_THAT(json, succeeds());
    const Json profile = Json::parse(json.out);
    double sum = 0;
    for (const auto& [phase, share] : profile["shares"].items()) {
      EXPECT_GE(share, 0) << phase;
      sum += share.get<double>();
    }
    EXPECT_NEAR(sum, 1, 1e-6) << profile;
    EXPECT_GT(profile["shares"]["backward"], 0);
    EXPECT_GT(profile["flop_per_second"], 0);
  }
  EXPECT_FALSE(std::filesystem::exists(place / "runs"));
  EXPECT_THAT(place.train(digits_config("vae", 1), {"--profile"}),
              fails_as(2, {"raise training.epochs (now 1)"}));
}

}  // namespace
}  // namespace ae
