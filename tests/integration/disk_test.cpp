// Full disks and removed folders during training.

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "integration/digits.h"

namespace ae {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::AnyOf;
using testing::HasSubstr;

constexpr int kEpochs = 1500;  // some seconds, in which the disk can be full for a while

Json config_of_a_long_run(int epochs = kEpochs) {
  Json config = digits_config("autoencoder", epochs);  // 3 updates per epoch
  config["training"].update({{"checkpoint_every", "200u"}, {"batch_size", 512}});
  return config;
}

/// Running ae-train whose file operations in its run directory fail while a file "full" exists.
class LongRun {
 public:
  LongRun(const Workplace& place, const Json& config)
      : place_(place),
        output_(place / "output"),
        program_("ae-train",
                 {"--config", place.write("config.json", config.dump()).string(), "--run-dir",
                  "run", "--resume"},
                 place.path(),
                 {{"LD_PRELOAD", AE_FAULTS},
                  {"AE_FAULTS_PATH", "run/"},
                  {"AE_FAULTS_MODE", "on"},
                  {"AE_FAULTS_WHILE", (place / "full").string()}},
                 output_) {}

  bool wait_for_lines(int lines) {
    return program_.wait_for_lines(place_ / "run/metrics.jsonl", lines);
  }
  /// Waits until the program has printed a text.
  bool wait_for(const std::string& text) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    while (output().find(text) == std::string::npos) {
      if (std::chrono::steady_clock::now() > end) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return true;
  }
  std::string output() const { return bytes_of(output_); }
  ProgramResult wait() { return program_.wait(); }

 private:
  const Workplace& place_;
  fs::path output_;
  RunningProgram program_;
};

int64_t count(const std::string& text, const std::string& what) {
  int64_t found = 0;
  for (size_t at = 0; (at = text.find(what, at)) != std::string::npos; ++at) ++found;
  return found;
}

TEST(FullDisk, IsWaitedForWhileTrainingGoesOn) {
  const Workplace place;
  const Json config = config_of_a_long_run();
  ASSERT_THAT(place.train(config, {"--run-dir", "whole"}), succeeds());
  LongRun run(place, config);
  ASSERT_TRUE(run.wait_for_lines(4));
  place.write("full", "");
  EXPECT_TRUE(run.wait_for("no checkpoint could be saved"));
  EXPECT_TRUE(run.wait_for("lines are kept in memory and written later"));
  fs::remove(place / "full");
  const ProgramResult result = run.wait();
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(count(run.output(), "no checkpoint could be saved"), 1) << run.output();
  EXPECT_EQ(count(run.output(), "checkpoints are saved again"), 1) << run.output();
  EXPECT_EQ(count(run.output(), "writing works again; no line is missing"), 1) << run.output();
  expect_same_run(place / "whole", place / "run");
}

TEST(FullDisk, ThatStaysFullEndsWithWhatIsLost) {
  const Workplace place;
  const Json config = config_of_a_long_run(300);
  ASSERT_THAT(place.train(config, {"--run-dir", "whole"}), succeeds());
  LongRun run(place, config);
  ASSERT_TRUE(run.wait_for_lines(4));
  place.write("full", "");
  const ProgramResult result = run.wait();
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_EQ(count(result.err, "\n"), 1) << result.err;
  // Either a write or a sync fails first.
  EXPECT_THAT(result.err, AllOf(AnyOf(HasSubstr("No space left"), HasSubstr("Input/output error")),
                                HasSubstr(" are lost"), HasSubstr("--resume")));
  fs::remove(place / "full");
  EXPECT_THAT(place.train(config, {"--run-dir", "run", "--resume"}), succeeds());
  expect_same_run(place / "whole", place / "run");
}

TEST(FullDisk, WhenResultsAreWrittenLeavesThemForLater) {
  const Workplace place;
  const Json config = digits_config("vae");
  ASSERT_THAT(place.train(config, {"--run-dir", "whole"}), succeeds());
  const ProgramResult result = place.train(
      config, {"--run-dir", "run"},
      {{"LD_PRELOAD", AE_FAULTS}, {"AE_FAULTS_PATH", "run/latents"}, {"AE_FAULTS_MODE", "on"}});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_EQ(count(result.err, "\n"), 1) << result.err;
  EXPECT_THAT(result.err, AllOf(HasSubstr("No space left"), HasSubstr("the model is trained")));
  EXPECT_THAT(place.train(config, {"--run-dir", "run", "--resume"}), succeeds());
  expect_same_run(place / "whole", place / "run");
}

TEST(MovedRunDirectory, IsWrittenToWhereItIsNow) {
  const Workplace place;
  const Json config = config_of_a_long_run();
  ASSERT_THAT(place.train(config, {"--run-dir", "whole"}), succeeds());
  LongRun run(place, config);
  ASSERT_TRUE(run.wait_for_lines(4));
  fs::rename(place / "run", place / "away");
  const ProgramResult result = run.wait();
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_FALSE(fs::exists(place / "run"));
  expect_same_run(place / "whole", place / "away");
}

TEST(RemovedRunDirectory, EndsTraining) {
  const Workplace place;
  LongRun run(place, config_of_a_long_run(100000));
  ASSERT_TRUE(run.wait_for_lines(4));
  // The program may write to the folder while it is emptied.
  for (std::error_code error; fs::exists(place / "run");) fs::remove_all(place / "run", error);
  const ProgramResult result = run.wait();
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_EQ(count(result.err, "\n"), 1) << result.err;
  EXPECT_THAT(result.err, HasSubstr("run: the run directory was removed during training"));
  EXPECT_FALSE(fs::exists(place / "run"));
}

}  // namespace
}  // namespace ae
