// Resuming stopped, killed and finished runs.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <memory>

#include "integration/digits.h"

namespace ae {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::AnyOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

constexpr int kEpochs = 40;

/// Starts a run, waits until it has logged some epochs, and sends the signal.
ProgramResult interrupted(const Workplace& place, const Json& config, const std::string& run,
                          int signal) {
  const fs::path path = place.write("config.json", config.dump());
  RunningProgram program("ae-train", {"--config", path.string(), "--run-dir", run}, place.path());
  EXPECT_TRUE(program.wait_for_lines(place / run / "metrics.jsonl", 4));
  program.send(signal);
  return program.wait();
}

TEST(Resume, AfterCtrlCGoesOnAsIfNothingHadBeen) {
  const Workplace place;
  const Json config = digits_config("vae", kEpochs);
  ASSERT_THAT(place.train(config, {"--run-dir", "whole"}), succeeds());

  const ProgramResult stopped = interrupted(place, config, "parts", SIGINT);
  ASSERT_EQ(stopped.exit_code, 130) << stopped.err;
  EXPECT_THAT(stopped.out, HasSubstr("continue with --resume"));
  EXPECT_TRUE(fs::exists(place / "parts/checkpoints/last/state.json"));
  EXPECT_FALSE(fs::exists(place / "parts/latents/validation.npy"));

  const ProgramResult resumed = place.train(config, {"--run-dir", "parts", "--resume"});
  ASSERT_THAT(resumed, succeeds());
  EXPECT_THAT(resumed.out, HasSubstr("resuming parts after epoch"));
  expect_same_run(place / "whole", place / "parts");

  const ProgramResult again = place.train(config, {"--run-dir", "parts", "--resume"});
  EXPECT_THAT(again, succeeds());
  EXPECT_THAT(again.out, AllOf(HasSubstr("is finished"), Not(HasSubstr("epoch 1/"))));

  // Ended after training with incomplete results: resuming completes them.
  Json manifest = read_json(place / "parts/manifest.json");
  manifest.erase("finished");
  place.write("parts/manifest.json", manifest.dump());
  fs::remove(place / "parts/latents/validation.npy");
  EXPECT_THAT(place.train(config, {"--run-dir", "parts", "--resume"}), succeeds());
  expect_same_run(place / "whole", place / "parts");
}

TEST(Resume, TakesAsManyThreadsAsTheRunBeganWith) {
  const Workplace place;
  Json config = digits_config("vae", kEpochs);
  config["training"].erase("threads");
  const ProgramResult stopped = interrupted(place, config, "run", SIGINT);
  ASSERT_EQ(stopped.exit_code, 130) << stopped.err;
  EXPECT_THAT(stopped.out, HasSubstr("fused steps, 1 thread\n"));
  Json manifest = read_json(place / "run/manifest.json");
  manifest["threads"] = 3;  // as on another machine
  place.write("run/manifest.json", manifest.dump());
  const ProgramResult resumed = place.train(config, {"--run-dir", "run", "--resume"});
  EXPECT_THAT(resumed, succeeds());
  EXPECT_THAT(resumed.out, HasSubstr("fused steps, 3 threads"));
}

TEST(Resume, ReportsAManifestThatIsDamaged) {
  const Workplace place;
  const Json config = digits_config("vae", kEpochs);
  ASSERT_EQ(interrupted(place, config, "run", SIGINT).exit_code, 130);
  const Json manifest = read_json(place / "run/manifest.json");
  const auto expect_refused = [&](const Json& damaged, const char* why) {
    place.write("run/manifest.json", damaged.dump());
    const ProgramResult refused = place.train(config, {"--run-dir", "run", "--resume"});
    EXPECT_THAT(refused, fails_as(3, {why})) << damaged;
  };
  Json damaged = manifest;
  for (const Json& threads : {Json("x"), Json(-1), Json(1e9), Json()}) {
    damaged["threads"] = threads;
    expect_refused(damaged, "run/manifest.json: threads is ");
  }
  damaged = manifest;
  for (const Json& data : {Json("x"), Json({{"train", 5}}), Json()}) {
    damaged["data"] = data;
    expect_refused(damaged, "run/manifest.json: data.train.fingerprint is ");
  }
}

TEST(Resume, WithSeveralThreadsIsExactToo) {
  const Workplace place;
  const std::pair<std::string, Json> cases[] = {{"fused", Json::object()},
                                                {"narrow", {{"hidden", {16}}}},
                                                {"replicas", {{"activation", "gelu"}}}};
  for (const auto& [how, encoder] : cases) {
    Json config = digits_config("vae", kEpochs);
    config["training"]["threads"] = 3;
    config["model"]["encoder"].update(encoder);
    ASSERT_THAT(place.train(config, {"--run-dir", how + "-whole"}), succeeds());
    interrupted(place, config, how, SIGKILL);
    ASSERT_THAT(place.train(config, {"--run-dir", how, "--resume"}), succeeds());
    expect_same_run(place / (how + "-whole"), place / how);
  }
}

TEST(Resume, InFloat64IsExactTooAndTheModelEncodes) {
  const Workplace place;
  Json config = digits_config("vae", kEpochs);
  config["training"]["precision"] = "float64";
  ASSERT_THAT(place.train(config, {"--run-dir", "whole"}), succeeds());
  ASSERT_EQ(interrupted(place, config, "parts", SIGINT).exit_code, 130);
  ASSERT_THAT(place.train(config, {"--run-dir", "parts", "--resume"}), succeeds());
  expect_same_run(place / "whole", place / "parts");
  EXPECT_THAT(
      place.run("ae-encode", {"whole", "--data", digits_csv().string(), "--out", "codes.npy"}),
      succeeds());
  EXPECT_THAT(place.run("ae-eval", {"whole"}), succeeds());
}

TEST(TimeLimit, EndsWithACheckpointThatGoesOnToTheSameBits) {
  const Workplace place;
  const Json config = digits_config("vae", 300);
  ASSERT_THAT(place.train(config, {"--run-dir", "whole"}), succeeds());
  ProgramResult part;
  int parts = 0;
  do {
    part = place.train(config, {"--run-dir", "parts", "--resume", "--time-limit", "0.3s"});
    ASSERT_THAT(part.exit_code, AnyOf(0, 5)) << part.err;
    if (part.exit_code == 5) {
      EXPECT_THAT(part.out, HasSubstr("continue with --resume"));
    }
  } while (part.exit_code == 5 && ++parts < 200);
  EXPECT_GE(parts, 1);
  expect_same_run(place / "whole", place / "parts");
  for (const char* wrong : {"5", "2e", "-1s", "soon"}) {
    EXPECT_THAT(place.train(config, {"--run-dir", "other", "--time-limit", wrong}),
                fails_as(2, {"--time-limit", "such as 90s, 30min or 2h"}));
  }
}

TEST(RunLock, KeepsASecondProcessOutAndIsDroppedWithTheFirst) {
  const Workplace place;
  const Json config = digits_config("vae", kEpochs);
  ASSERT_EQ(interrupted(place, config, "run", SIGKILL).signal, SIGKILL);
  // A killed process holds no lock; a running one does.
  const int file = open((place / "run/.lock").c_str(), O_RDWR | O_CLOEXEC);
  ASSERT_EQ(flock(file, LOCK_EX | LOCK_NB), 0);
  for (const char* way : {"--resume", "--overwrite"}) {
    EXPECT_THAT(place.train(config, {"--run-dir", "run", way}),
                fails_as(3, {"run: is in use by process ", " on "}));
  }
  EXPECT_THAT(place.train(config, {"--run-dir", "run", "--dry-run"}), succeeds());
  close(file);
  EXPECT_THAT(place.train(config, {"--run-dir", "run", "--resume"}), succeeds());
}

TEST(RunLock, LetsOneTrainOfThoseThatStartAtOnce) {
  const Workplace place;
  const Json config = digits_config("vae", kEpochs);
  ASSERT_THAT(place.train(config, {"--run-dir", "whole"}), succeeds());
  const fs::path path = place.write("config.json", config.dump());
  // As left by a process killed at its start.
  fs::create_directory(place / ".run.0123456789abcdef.tmp");
  std::vector<std::unique_ptr<RunningProgram>> programs;
  for (int i = 0; i < 4; ++i) {
    programs.push_back(std::make_unique<RunningProgram>(
        "ae-train", Arguments{"--config", path.string(), "--run-dir", "run", "--resume"},
        place.path()));
  }
  int trained = 0;
  for (const auto& program : programs) {
    const ProgramResult result = program->wait();
    trained += result.exit_code == 0 ? 1 : 0;
    EXPECT_THAT(result.exit_code, AnyOf(0, 3)) << result.err;
  }
  EXPECT_GE(trained, 1);
  expect_same_run(place / "whole", place / "run");
  for (const std::string& name : place.files()) EXPECT_THAT(name, Not(HasSubstr(".tmp")));
}

TEST(Precision, ThatTheDeviceHasNotIsRefused) {
  const Workplace place;
  Json config = digits_config("vae");
  config["training"]["precision"] = "bf16";
  EXPECT_THAT(place.train(config, {"--device", "cpu"}),
              fails_as(2, {"training.precision \"bf16\" is for the GPU", "float64"}));
}

/// Running statistics and dropout masks also continue bit-identically.
TEST(Resume, OfAConvolutionalNetworkWithBatchNormalization) {
  const Workplace place;
  Json config = digits_config("vae", 8);
  config["model"]["encoder"] = {
      {"type", "conv"}, {"channels", {4, 4}}, {"normalization", "batch"}, {"dropout", 0.1}};
  ASSERT_THAT(place.train(config, {"--run-dir", "whole"}), succeeds());
  ASSERT_EQ(interrupted(place, config, "parts", SIGINT).exit_code, 130);
  ASSERT_THAT(place.train(config, {"--run-dir", "parts", "--resume"}), succeeds());
  expect_same_run(place / "whole", place / "parts");
}

TEST(Resume, AfterKillsWhileCheckpointsAreWritten) {
  const Workplace place;
  Json config = digits_config("vae", 6);
  config["training"]["checkpoint_every"] = "1u";
  ASSERT_THAT(place.train(config, {"--run-dir", "whole"}), succeeds());
  ASSERT_EQ(interrupted(place, config, "parts", SIGKILL).signal, SIGKILL);
  ASSERT_THAT(place.train(config, {"--run-dir", "parts", "--resume"}), succeeds());
  expect_same_run(place / "whole", place / "parts");
  for (const std::string& name : place.files()) EXPECT_THAT(name, Not(HasSubstr(".tmp")));
}

TEST(Resume, FindsARunFinishedThatSavedEveryUpdate) {
  const Workplace place;
  Json config = digits_config("autoencoder", 3);
  config["training"]["checkpoint_every"] = "1u";
  config["optimizer"] = {{"type", "sgd"}, {"learning_rate", 1e-30}};  // no later epoch is best
  config["corruption"] = "none";
  ASSERT_THAT(place.train(config), succeeds());
  const ProgramResult again = place.train(config, {"--resume"});
  EXPECT_THAT(again, succeeds());
  EXPECT_THAT(again.out, HasSubstr("is finished"));
}

TEST(Resume, StartsWhatIsNotThereAndMayGoFurther) {
  const Workplace place;
  ASSERT_THAT(place.train(digits_config("vae", 2), {"--resume", "--run-dir", "a"}), succeeds());
  ASSERT_THAT(place.train(digits_config("vae", 4), {"--resume", "--run-dir", "a"}), succeeds());
  ASSERT_THAT(place.train(digits_config("vae", 4), {"--run-dir", "b"}), succeeds());
  EXPECT_EQ(read_json(place / "a/config.json"), read_json(place / "b/config.json"));
  expect_same_run(place / "a", place / "b");
}

TEST(Resume, WithSchedulesAveragesAndAccumulatedBatches) {
  const Workplace place;
  Json config = digits_config("vae", kEpochs);
  config["optimizer"] = {
      {"type", "rmsprop"},
      {"momentum", 0.5},
      {"clip_norm", 1},
      {"schedule",
       {{"type", "plateau"}, {"patience_epochs", 0}, {"threshold", 0.2}, {"warm_up", "20u"}}}};
  config["training"].update(
      {{"batch_size", 20}, {"accumulate_batches", 3}, {"ema", {{"decay", 0.9}}}});
  ASSERT_THAT(place.train(config, {"--run-dir", "whole"}), succeeds());
  ASSERT_EQ(interrupted(place, config, "parts", SIGINT).exit_code, 130);
  ASSERT_THAT(place.train(config, {"--run-dir", "parts", "--resume"}), succeeds());
  expect_same_run(place / "whole", place / "parts");
  const std::vector<Json> lines = read_metrics(place / "whole/metrics.jsonl");
  EXPECT_LT(lines[lines.size() - 2]["learning_rate"], 1e-3) << "the loss stood still at some time";
}

/// Dead latents, in use from the second epoch on, are those of the uninterrupted run.
TEST(Resume, OfASparseAutoencoderWhoseDeadLatentsLearn) {
  const Workplace place;
  Json config = digits_config("sparse", kEpochs);
  config["model"].update({{"encoder", "linear"},
                          {"latent", {{"type", "top_k"}, {"k", 4}, {"auxiliary_k", 16}}},
                          {"latent_dim", 256},
                          {"pre_encoder_bias", true},
                          {"unit_norm_decoder", true},
                          {"decoder_from_encoder", true},
                          {"output_bias_from_data", true}});
  config["training"].update({{"dead_after", "30u"}, {"ema", {{"decay", 0.9}}}});
  ASSERT_THAT(place.train(config, {"--run-dir", "whole"}), succeeds());
  ASSERT_EQ(interrupted(place, config, "parts", SIGINT).exit_code, 130);
  ASSERT_THAT(place.train(config, {"--run-dir", "parts", "--resume"}), succeeds());
  for (const char* name :
       {"checkpoints/last/model.safetensors", "checkpoints/last/state.safetensors",
        "checkpoints/best/model.safetensors", "latents/validation.npy"}) {
    EXPECT_EQ(bytes_of(place / "whole" / name), bytes_of(place / "parts" / name)) << name;
  }
  EXPECT_EQ(read_timeless_metrics(place / "whole/metrics.jsonl"),
            read_timeless_metrics(place / "parts/metrics.jsonl"));
  double dead = 0;
  double auxiliary = 0;
  for (const Json& line : read_metrics(place / "whole/metrics.jsonl")) {
    if (line["split"] != "train") continue;
    dead = std::max(dead, line["dead"].get<double>());
    auxiliary = std::max(auxiliary, line["auxiliary"].get<double>());
  }
  EXPECT_GT(dead, 0) << "some latent was dead at some time";
  EXPECT_GT(auxiliary, 0) << "and learned";
}

TEST(Resume, SaysWhereALongerTrainingHasOtherLearningRates) {
  const Workplace place;
  Json config = digits_config("autoencoder", 2);
  config["optimizer"] = {{"type", "adam"}, {"schedule", "cosine"}};
  ASSERT_THAT(place.train(config), succeeds());
  EXPECT_THAT(place.train(config, {"--resume", "--set", "optimizer.clip_norm=1"}),
              fails_as(2, {"optimizer.clip_norm was null and is now 1",
                           "--resume may change only name, data.train.path",
                           "--set model.initial_weights=runs/autoencoder"}));
  const ProgramResult longer = place.train(config, {"--resume", "--set", "training.epochs=3"});
  ASSERT_THAT(longer, succeeds());
  EXPECT_THAT(longer.out,
              ContainsRegex(
                  "training.epochs was 2 and is now 3: the \"cosine\" schedule is stretched, and "
                  "the learning rate goes from [0-9.]+e-0[0-9] at the end of the earlier schedule "
                  "to 0.00025 now"));
}

TEST(Resume, RefusesAnotherExperimentOtherDataAndDamage) {
  const Workplace place;
  Json config = digits_config("autoencoder", 1);
  fs::copy_file(digits_csv(), place / "digits.csv");
  config["data"]["train"]["path"] = "digits.csv";
  ASSERT_THAT(place.train(config), succeeds());
  const Arguments more = {"--resume", "--set", "training.epochs=2"};
  const auto with = [&](const std::string& setting) {
    Arguments all = more;
    all.insert(all.end(), {"--set", setting});
    return all;
  };
  EXPECT_THAT(place.train(config, with("model.encoder.hidden=[16]")),
              fails_as(2, {"cannot be resumed", "model.encoder.hidden was [40] and is now [16]"}));
  EXPECT_THAT(place.train(config, with("seed=9")), fails_as(2, {"seed was 7 and is now 9"}));

  const fs::path state = place / "runs/autoencoder/checkpoints/last/state.safetensors";
  const std::string whole = bytes_of(state);
  std::string damaged = whole;
  damaged[damaged.size() / 2] ^= 1;
  std::ofstream(state, std::ios::binary) << damaged;
  EXPECT_THAT(place.train(config, more), fails_as(3, {"state.safetensors", "checksum"}));
  std::ofstream(state, std::ios::binary) << whole.substr(0, whole.size() / 2);
  EXPECT_THAT(place.train(config, more), fails_as(3, {"state.safetensors"}));
  std::ofstream(state, std::ios::binary) << whole;

  std::string text = bytes_of(digits_csv());
  text.resize(text.rfind('\n', text.size() - 2) + 1);
  place.write("digits.csv", text);
  EXPECT_THAT(place.train(config, more), fails_as(3, {"digits.csv", "has changed"}));
}

}  // namespace
}  // namespace ae
