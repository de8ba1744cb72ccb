#include "cli/progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <regex>
#include <thread>

#include "captured_stream.h"
#include "core/clock.h"
#include "core/log.h"
#include "unit/training/observed_run.h"

namespace ae {
namespace {

using testing::HasSubstr;

const std::string kClear = "\r\x1b[K";  // the line of a terminal

template <class Report>
std::string written_by(const Report& report) {
  const CapturedStream out(stdout);
  report();
  return out.text();
}

auto lines_of(const std::string& text) { return std::count(text.begin(), text.end(), '\n'); }

EpochMetrics metrics_of(const LossTerms::Means& means) {
  return {.train = {.split = "train", .means = means, .samples_per_second = 12'345.6}};
}

/// Reports on a run of ten epochs of 20 rows, which is put where a test wants it.
class ProgressTest : public testing::Test {
 protected:
  ProgressTest() { set_up_log("info", LogTarget::standard_output); }

  /// So many epochs and rows of the next are done, the rows in two seconds, at a mean loss of 1.5.
  const Trainer& at(int64_t epoch, int64_t rows, int64_t best_epoch = 1) {
    snapshot_.state.epoch = epoch;
    snapshot_.state.rows_done = snapshot_.state.samples = rows;
    snapshot_.state.seconds = 2;
    snapshot_.state.sums = {{"loss", 1.5 * static_cast<double>(rows)}};
    snapshot_.state.best.epoch = best_epoch;
    run_.trainer().resume(snapshot_);
    return run_.trainer();
  }

  Splits splits_ = splits_of(20);
  ObservedRun run_{config_of("autoencoder", 10), splits_};
  TrainingSnapshot snapshot_ = run_.trainer().snapshot();
};

TEST_F(ProgressTest, HasALineForAnEpochWithItsLossesAndRate) {
  Progress progress(/*live=*/false);
  EpochMetrics metrics =
      metrics_of({{"loss", 105.6249}, {"reconstruction", 80.4121}, {"kl", 25.2128}});
  EXPECT_EQ(written_by([&] { progress.on_epoch(at(10, 0), metrics); }),
            "epoch 10/10  loss 105.625 (reconstruction 80.412, kl 25.213)  12,345 rows/s\n");
  metrics.validation = SplitMetrics{.split = "validation", .means = {{"loss", 2}, {"kl", 1}}};
  EXPECT_EQ(written_by([&] { progress.on_epoch(at(10, 0, /*best_epoch=*/10), metrics); }),
            "epoch 10/10  loss 105.625 (reconstruction 80.412, kl 25.213)  validation 2 (kl 1)  "
            "best  12,345 rows/s\n");
}

TEST_F(ProgressTest, LogsTwoEpochsASecondAtMostButTheFirstAndTheLast) {
  Progress progress(/*live=*/false);
  const auto lines_at = [&](int64_t epoch, int times) {
    const Trainer& trainer = at(epoch, 0);
    return lines_of(written_by([&] {
      for (int i = 0; i < times; ++i) progress.on_epoch(trainer, metrics_of({{"loss", 1}}));
    }));
  };
  EXPECT_EQ(lines_at(1, 2), 2);
  const double begin = monotonic_seconds();
  const auto lines = static_cast<double>(lines_at(2, 1000));
  EXPECT_LE(lines, 1 + (monotonic_seconds() - begin) / 0.5);
  EXPECT_EQ(lines_at(10, 2), 2);
}

TEST_F(ProgressTest, LogsAnEpochAfterAPause) {
  Progress progress(/*live=*/false);
  const auto report = [&] { progress.on_epoch(at(3, 0), metrics_of({{"loss", 1}})); };
  EXPECT_EQ(lines_of(written_by(report)), 1);
  std::this_thread::sleep_for(std::chrono::milliseconds(510));
  EXPECT_EQ(lines_of(written_by(report)), 1);
}

TEST_F(ProgressTest, LogsALineWithinALongEpoch) {
  Progress progress(/*live=*/false, /*seconds_between_lines=*/0.05);
  progress.on_begin(at(0, 0));
  const auto step = [&] { return written_by([&] { progress.on_step(at(3, 10)); }); };
  EXPECT_EQ(step(), "");
  std::this_thread::sleep_for(std::chrono::milliseconds(80));
  const std::string line = step();
  EXPECT_TRUE(line.starts_with("epoch 4/10, 50 %  loss 1.5  5 rows/s  ")) << line;
  EXPECT_EQ(step(), "");
}

TEST_F(ProgressTest, RenewsALineOnATerminal) {
  Progress progress(/*live=*/true);
  progress.on_begin(at(0, 0));
  const std::string line = written_by([&] { progress.on_step(at(3, 10)); });
  // 3.5 of 10 epochs: seven of twenty places.
  EXPECT_TRUE(line.starts_with(kClear + "━━━━━━━───────────── epoch 4/10  loss 1.5  5 rows/s  "))
      << line;
  EXPECT_TRUE(std::regex_search(line, std::regex("  [0-9.]+ s left$"))) << line;
}

TEST_F(ProgressTest, RenewsItsLineFiveTimesASecondAtMost) {
  Progress progress(/*live=*/true);
  progress.on_begin(at(0, 0));
  const Trainer& trainer = at(3, 10);
  const double begin = monotonic_seconds();
  const std::string text = written_by([&] {
    for (int i = 0; i < 1000; ++i) progress.on_step(trainer);
  });
  const double seconds = monotonic_seconds() - begin;
  const auto renewals = static_cast<double>(std::count(text.begin(), text.end(), '\r'));
  EXPECT_GE(renewals, 1);
  EXPECT_LE(renewals, 1 + seconds / 0.18);  // the clock that it asks is coarse
}

TEST_F(ProgressTest, EstimatesTheTimeThatIsLeftByTheEpochsSinceItsBeginning) {
  Progress progress(/*live=*/true);
  // Resumed after 2.5 of 10 epochs: when 5 are done, twice what was done since is left.
  const double begin = monotonic_seconds();
  progress.on_begin(at(2, 10));
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  const Trainer& trainer = at(4, 20);
  const std::string line = written_by([&] { progress.on_step(trainer); });
  const double elapsed = monotonic_seconds() - begin;
  std::smatch left;
  ASSERT_TRUE(std::regex_search(line, left, std::regex("  ([0-9.]+) s left$"))) << line;
  EXPECT_GE(std::stod(left[1]), 0.55);
  EXPECT_LE(std::stod(left[1]), 2 * elapsed + 0.5);  // rounded
}

TEST_F(ProgressTest, EstimatesNoTimeAfterARollbackToBeforeItsBeginning) {
  Progress progress(/*live=*/true);
  progress.on_begin(at(2, 10));
  const std::string line = written_by([&] { progress.on_step(at(2, 5)); });
  EXPECT_TRUE(line.ends_with(" rows/s")) << line;
}

TEST_F(ProgressTest, ShowsNoLineWhereThereIsNoTerminal) {
  Progress progress(/*live=*/false);
  progress.on_begin(at(0, 0));
  EXPECT_EQ(written_by([&] { progress.on_step(at(3, 10)); }), "");
}

TEST_F(ProgressTest, ClearsItsLineBeforeAnythingElseAndOnlyOnce) {
  const std::pair<std::function<void(Progress&)>, std::string> events[] = {
      {[&](Progress& progress) { progress.warn("watch out"); }, "warning: watch out\n"},
      {[&](Progress& progress) { progress.on_end(at(10, 0)); }, ""},
      {[&](Progress& progress) { progress.on_epoch(at(10, 0), metrics_of({{"loss", 1}})); },
       "epoch 10/10  loss 1 ()  12,345 rows/s\n"}};
  for (const auto& [report, text] : events) {
    Progress progress(/*live=*/true);
    progress.on_begin(at(0, 0));
    EXPECT_THAT(written_by([&] { progress.on_step(at(9, 20)); }), HasSubstr("epoch 10/10"));
    EXPECT_EQ(written_by([&] { report(progress); }), kClear + text);
    EXPECT_EQ(written_by([&] { report(progress); }), text);
  }
}

}  // namespace
}  // namespace ae
