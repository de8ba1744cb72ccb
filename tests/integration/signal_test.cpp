// SIGINT and SIGTERM at any time: training ends with a checkpoint, a second signal immediately.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <thread>

#include "integration/digits.h"

namespace ae {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

/// Waits until a path exists.
template <class Condition>
bool wait_until(const Condition& condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

/// Running ae-train in which one file operation blocks.
class HangingRun {
 public:
  HangingRun(const Workplace& place, const Json& config, const std::string& path, int at = 1)
      : log_(place / "operations"),
        program_("ae-train",
                 {"--config", place.write("config.json", config.dump()).string(), "--run-dir",
                  "run", "--resume"},
                 place.path(),
                 {{"LD_PRELOAD", AE_FAULTS},
                  {"AE_FAULTS_PATH", path},
                  {"AE_FAULTS_MODE", "hang"},
                  {"AE_FAULTS_AT", std::to_string(at)},
                  {"AE_FAULTS_LOG", log_.string()}}),
        at_(at) {}

  bool wait_until_it_hangs() { return program_.wait_for_lines(log_, at_); }
  RunningProgram& program() { return program_; }

 private:
  fs::path log_;
  RunningProgram program_;
  int at_;
};

TEST(Signal, BeforeThereIsAnythingToSaveEndsAtOnceAndLeavesNothing) {
  for (const int signal : {SIGINT, SIGTERM}) {
    const Workplace place;
    const fs::path path = place / "config.json";  // which may come from a pipe
    ASSERT_EQ(::mkfifo(path.c_str(), 0666), 0);
    RunningProgram program("ae-train", {"--config", path.string()}, place.path());
    int writer = -1;  // opens once a reader has opened the pipe
    ASSERT_TRUE(wait_until([&] {
      writer = ::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC);
      return writer >= 0;
    }));
    program.send(signal);
    EXPECT_EQ(program.wait().exit_code, 128 + signal);
    ::close(writer);
    EXPECT_FALSE(fs::exists(place / "runs"));
  }
}

TEST(Signal, DuringAValidationLeavesIt) {
  const Workplace place;
  write_sparse_npy(place / "many.npy", 500'000, 64);
  Json config = digits_config("autoencoder", 2);
  config["data"]["validation"] = {{"path", "many.npy"}};
  config["training"].update({{"checkpoint_every", "22u"}, {"batch_size", 64}});
  config["data"]["train"] = {{"path", digits_csv().string()}, {"labels", "label"}};
  const fs::path path = place.write("config.json", config.dump());
  RunningProgram program("ae-train", {"--config", path.string(), "--run-dir", "run"}, place.path());
  // The next steps are the epoch's last, then comes validation.
  ASSERT_TRUE(wait_until([&] { return fs::exists(place / "run/checkpoints/last"); }));
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  program.send(SIGINT);
  const ProgramResult result = program.wait();
  EXPECT_EQ(result.exit_code, 130) << result.err;
  EXPECT_EQ(bytes_of(place / "run/metrics.jsonl"), "") << "the validation ended before the signal";
  const Json state = read_json(place / "run/checkpoints/last/state.json")["training"];
  EXPECT_EQ(state["epoch"], 0);

  ASSERT_THAT(place.train(config, {"--run-dir", "run", "--resume"}), succeeds());
  ASSERT_THAT(place.train(config, {"--run-dir", "whole"}), succeeds());
  expect_same_run(place / "whole", place / "run");
}

TEST(Signal, ASecondOneEndsAtOnceWithTheCheckpointBeforeIntact) {
  const Workplace place;
  Json config = digits_config("vae", 20);
  config["training"]["checkpoint_every"] = "1e";
  ASSERT_THAT(place.train(config, {"--run-dir", "whole"}), succeeds());
  // Writing a checkpoint blocks, and training waits for it.
  HangingRun run(place, config, "run/checkpoints", 150);
  ASSERT_TRUE(run.wait_until_it_hangs());
  run.program().send(SIGINT);
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  EXPECT_FALSE(fs::exists(place / "run/latents/validation.npy"));
  run.program().send(SIGTERM);
  EXPECT_EQ(run.program().wait().exit_code, 143);
  const ProgramResult resumed = place.train(config, {"--run-dir", "run", "--resume"});
  EXPECT_THAT(resumed, succeeds());
  EXPECT_THAT(resumed.out, HasSubstr("resuming run after epoch"));
  expect_same_run(place / "whole", place / "run");
}

TEST(Signal, WhileResultsAreWrittenLeavesThemForLater) {
  const Workplace place;
  const Json config = digits_config("vae", 2);
  ASSERT_THAT(place.train(config, {"--run-dir", "whole"}), succeeds());
  HangingRun run(place, config, "run/latents");
  ASSERT_TRUE(run.wait_until_it_hangs());
  run.program().send(SIGTERM);  // also ends the blocking
  const ProgramResult result = run.program().wait();
  EXPECT_EQ(result.exit_code, 143) << result.err;
  EXPECT_THAT(result.out, HasSubstr("continue with --resume"));
  EXPECT_FALSE(read_json(place / "run/manifest.json").contains("finished"));
  ASSERT_THAT(place.train(config, {"--run-dir", "run", "--resume"}), succeeds());
  EXPECT_TRUE(read_json(place / "run/manifest.json").contains("finished"));
  expect_same_run(place / "whole", place / "run");
}

}  // namespace
}  // namespace ae
