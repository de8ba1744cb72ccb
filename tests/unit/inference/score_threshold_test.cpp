#include "inference/score_threshold.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "error_matchers.h"
#include "temp_dir.h"

namespace ae {
namespace {

TEST(BestF1, LiesBetweenTheRowsItTellsApart) {
  // sklearn.metrics.precision_recall_curve: the highest F1 is that of the four highest scores.
  const BestF1 best = best_f1({0.1, 0.9, 0.3, 0.8, 0.2}, {false, true, false, true, true});
  EXPECT_DOUBLE_EQ(best.f1, 6.0 / 7);
  EXPECT_DOUBLE_EQ(best.precision, 0.75);
  EXPECT_DOUBLE_EQ(best.recall, 1);
  EXPECT_DOUBLE_EQ(best.threshold, (0.1 + 0.2) / 2);
}

TEST(BestF1, TakesRowsOfTheSameScoreTogether) {
  const BestF1 best = best_f1({1, 1, 1, 0}, {true, true, false, false});
  EXPECT_DOUBLE_EQ(best.f1, 0.8);
  EXPECT_DOUBLE_EQ(best.threshold, 0.5);
}

TEST(BestF1, MayBeThatOfAllRows) {
  const BestF1 best = best_f1({1, 2, 3}, {true, false, false});
  EXPECT_DOUBLE_EQ(best.f1, 0.5);
  EXPECT_LT(best.threshold, 1);
}

TEST(KeptScores, InterpolateQuantilesAsNumpyDoes) {
  const KeptScores kept = KeptScores::of("validation", {3, 1, 2, 10});
  // numpy.quantile([3, 1, 2, 10], q)
  EXPECT_NEAR(kept.quantile(0), 1, 1e-12);
  EXPECT_NEAR(kept.quantile(0.5), 2.5, 1e-12);
  EXPECT_NEAR(kept.quantile(0.9), 7.9, 1e-12);
  EXPECT_NEAR(kept.quantile(1), 10, 1e-12);
}

/// A run that keeps the scores 0, 1, …, 1000 of step_9.
class KeptRun : public testing::Test {
 protected:
  KeptRun() {
    std::vector<double> scores;
    for (int i = 0; i <= 1000; ++i) scores.push_back(i);
    KeptScores kept = KeptScores::of("train", scores);
    dir_.write("plain.json", Json{{"checkpoint", "step_9"}, {"loss", kept.to_json()}}.dump());
    kept.best = BestF1{7.5, 0.8, 1, 0.7, "test", "label 1"};
    save(Json{{"checkpoint", "step_9"}, {"loss", kept.to_json()}});
  }
  void save(const Json& json) { dir_.write("scores.json", json.dump()); }
  auto choosing(const std::string& text, const std::string& step = "step_9") {
    return [=, this] { score_threshold(text, dir_.path(), "loss", step); };
  }

  TempDir dir_;
};

TEST_F(KeptRun, GivesThresholdsByShareByF1AndByNumber) {
  const auto value = [&](const char* text) {
    return score_threshold(text, dir_.path(), "loss", "step_9").value().value;
  };
  EXPECT_NEAR(value(""), 990, 1e-9);
  EXPECT_NEAR(value("99.5%"), 995, 1e-9);
  EXPECT_NEAR(value("0%"), 0, 1e-9);
  EXPECT_NEAR(value("f1"), 7.5, 1e-9);
  EXPECT_NEAR(value("-3e2"), -300, 1e-9);
}

TEST_F(KeptRun, HasNoDefaultForScoresThatAreNotKept) {
  EXPECT_FALSE(score_threshold("", dir_.path(), "loss", "step_8"));
  EXPECT_FALSE(score_threshold("", dir_.path(), "rmse", "step_9"));
  EXPECT_FALSE(score_threshold("", dir_ / "elsewhere", "loss", "step_9"));
  EXPECT_THAT(choosing("95%", "step_8"), fails_on_data("scores.json", "step_8", "as a number"));
}

TEST_F(KeptRun, RefusesOtherTexts) {
  for (const char* text : {"101%", "-1%", "%", "nan", "F2", "x%", "inf"}) {
    EXPECT_THAT(choosing(text), fails_on_usage("--threshold", "99%")) << text;
  }
}

TEST_F(KeptRun, RefusesDamagedFiles) {
  std::filesystem::rename(dir_ / "plain.json", dir_ / "scores.json");
  EXPECT_THAT(choosing("f1"), fails_on_data("no best F1", "99%"));
  save({{"checkpoint", "step_9"}, {"loss", {{"split", "train"}, {"rows", 1}, {"quantiles", {1}}}}});
  EXPECT_THAT(choosing("99%"), fails_on_data("malformed"));
  save({{"checkpoint", "step_9"}, {"loss", 3}});
  EXPECT_THAT(choosing(""), fails_on_data("malformed"));
}

}  // namespace
}  // namespace ae
