#include "report/metrics_log.h"

#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <csignal>

#include "error_matchers.h"
#include "unit/training/observed_run.h"

namespace ae {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Logs of runs of some epochs, in a folder that can be removed.
class MetricsLogTest : public testing::Test {
 protected:
  void SetUp() override { fs::create_directory(run_); }

  void write_epoch(MetricsLog& log, const std::string& split = "train") {
    log.write(observed_.trainer(), {.split = split, .means = {{"loss", 1.0}}});
  }
  MetricsLog open(int64_t epochs = 0) {
    return {run_ / "metrics.jsonl", epochs,
            [this](const std::string& text) { warnings_.push_back(text); }};
  }
  int64_t lines() const {
    const std::string text = bytes_of(run_ / "metrics.jsonl");
    return std::count(text.begin(), text.end(), '\n');
  }

  TempDir dir_;
  fs::path run_ = dir_ / "run";
  std::vector<std::string> warnings_;
  Splits splits_ = splits_of(8);
  ObservedRun observed_{config_of("autoencoder"), splits_};
};

TEST_F(MetricsLogTest, KeepsWhatCannotBeWrittenUntilItCan) {
  MetricsLog log = open();
  write_epoch(log);
  fs::rename(run_, dir_ / "away");
  for (int i = 0; i < 3; ++i) write_epoch(log);
  EXPECT_THAT(warnings_, ElementsAre(HasSubstr("metrics.jsonl: cannot be written")));
  EXPECT_THAT([&] { log.sync(); }, fails_on_data("metrics.jsonl: cannot be written"));
  fs::rename(dir_ / "away", run_);
  write_epoch(log);
  EXPECT_EQ(lines(), 5);
  EXPECT_EQ(warnings_.size(), 2u);
  EXPECT_THAT(warnings_.back(), HasSubstr("writing works again; no line is missing"));
  log.sync();
}

TEST_F(MetricsLogTest, CutsOffHalfALineThatDidNotFit) {
  MetricsLog log = open();
  write_epoch(log);
  const std::string first = bytes_of(run_ / "metrics.jsonl");
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{first.size() + 10, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  write_epoch(log);
  write_epoch(log);
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_THAT(warnings_, ElementsAre(HasSubstr("File too large")));
  log.sync();
  EXPECT_EQ(bytes_of(run_ / "metrics.jsonl"), first + first + first);
}

TEST_F(MetricsLogTest, IsMadeAnewWhereItWasRemoved) {
  MetricsLog log = open();
  write_epoch(log);
  fs::remove(run_ / "metrics.jsonl");
  write_epoch(log);
  EXPECT_EQ(lines(), 2);
  EXPECT_THAT(warnings_, IsEmpty());
}

TEST_F(MetricsLogTest, GoesOnAfterTheEpochsOfACheckpoint) {
  const std::string kept = "{\"epoch\":1,\"split\":\"train\"}\n{\"epoch\":2,\"split\":\"train\"}\n";
  dir_.write("run/metrics.jsonl", kept + "{\"epoch\":3,\"split\":\"train\"}\n{\"epoch\":4,\"sp");
  const MetricsLog log = open(2);
  EXPECT_EQ(bytes_of(run_ / "metrics.jsonl"), kept);
  EXPECT_THAT(warnings_, IsEmpty()) << "an unfinished last line is what a killed process leaves";
}

TEST_F(MetricsLogTest, KeepsDamagedLinesAsideAndAllOthers) {
  const std::string one = "{\"epoch\":1,\"split\":\"train\"}\n";
  const std::string two = "{\"epoch\":2,\"split\":\"train\"}\n";
  const std::string nested = std::string(100'000, '[') + "\n";
  dir_.write("run/metrics.jsonl", one + "{\"epo\xff\n" + nested + two);
  const MetricsLog log = open(2);
  EXPECT_EQ(bytes_of(run_ / "metrics.jsonl"), one + two);
  EXPECT_EQ(bytes_of(run_ / "metrics.damaged.jsonl"), "{\"epo\xff\n" + nested);
  EXPECT_THAT(warnings_, ElementsAre(HasSubstr("2 damaged lines, the first of them line 2")));
}

TEST_F(MetricsLogTest, OfAnotherKindIsRefused) {
  dir_.write("run/metrics.jsonl", std::string(2 << 20, '\0'));
  EXPECT_THAT([&] { open(2); }, fails_on_data("metrics.jsonl: line 1 is longer"));
  fs::remove(run_ / "metrics.jsonl");
  ASSERT_EQ(::mkfifo((run_ / "metrics.jsonl").c_str(), 0666), 0);
  EXPECT_THAT([&] { open(2); }, fails_on_data("metrics.jsonl: is a device or pipe"));
}

}  // namespace
}  // namespace ae
