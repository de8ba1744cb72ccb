// Files by which people follow and judge runs: report.html, TensorBoard's events, metrics.csv,
// pictures, and the comparison of runs.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "integration/digits.h"

namespace ae {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) {
    names.push_back(entry.path().filename().string());
  }
  return names;
}

int64_t count_of(const std::string& text, const std::string& what) {
  int64_t count = 0;
  for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++count;
  return count;
}

/// Sections of a page, by their headings.
void expect_sections(const std::string& page, const std::vector<std::string>& titles) {
  for (const std::string& title : titles) EXPECT_THAT(page, HasSubstr(">" + title + "</h2>"));
}

TEST(Report, IsOnePageWithoutNetwork) {
  const Workplace place;
  ASSERT_THAT(place.train(digits_config("vae")), succeeds());
  const fs::path run = place / "runs/vae";
  const std::string page = bytes_of(run / "report.html");
  EXPECT_LT(page.size(), 5U << 20);
  EXPECT_THAT(page, HasSubstr("<title>vae</title>"));
  expect_sections(page, {"Summary", "Training", "Reconstruction", "Latent space map",
                         "Latent space", "Samples", "Model and config"});
  EXPECT_THAT(page, Not(HasSubstr("://")));
  EXPECT_GT(count_of(page, "<figure "), 10);
  EXPECT_EQ(count_of(page, "<figure "), count_of(page, "<figcaption "));
}

TEST(Report, HasTheMetricsAsATableAndForTensorBoard) {
  const Workplace place;
  ASSERT_THAT(place.train(digits_config("vae"), {"--set", "logging.pictures_every=1"}), succeeds());
  const fs::path run = place / "runs/vae";
  EXPECT_EQ(count_of(bytes_of(run / "metrics.csv"), "\n"),
            static_cast<int64_t>(read_metrics(run / "metrics.jsonl").size()) + 1);
  EXPECT_TRUE(std::ranges::any_of(names_in(run), [](const std::string& name) {
    return name.starts_with("events.out.tfevents.");
  }));
  EXPECT_TRUE(fs::exists(run / "projector_config.pbtxt"));
  for (const char* name : {"epoch_1.reconstructions.png", "epoch_1.samples.png",
                           "epoch_2.reconstructions.png", "epoch_2.samples.png"}) {
    EXPECT_TRUE(fs::exists(run / "samples" / name)) << name;
  }
}

TEST(Report, IsLeftOutOnRequest) {
  const Workplace place;
  ASSERT_THAT(place.train(digits_config("vae"),
                          {"--set", "logging.report=false", "logging.tensorboard=false"}),
              succeeds());
  for (const std::string& name : names_in(place / "runs/vae")) {
    EXPECT_THAT(name, Not(HasSubstr("tfevents")));
    EXPECT_NE(name, "report.html");
    EXPECT_NE(name, "projector_config.pbtxt");
  }
}

TEST(Report, OfAnEvaluationHasTheChosenParts) {
  const Workplace place;
  const std::string run = trained_vae().string();
  const ProgramResult result = place.run(
      "ae-eval", {run, "--json", "--only", "capacity,compression", "--out", "evaluation"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Json parts = Json::parse(result.out)["parts"];
  EXPECT_EQ(parts.size(), 2U);
  EXPECT_TRUE(parts.contains("capacity") && parts.contains("compression"));
  const std::string page = bytes_of(place / "evaluation/report.html");
  expect_sections(page, {"Summary", "Capacity", "Compression"});
  EXPECT_THAT(page, Not(HasSubstr(">Latent space</h2>")));
  EXPECT_TRUE(fs::exists(place / "evaluation/compression.csv"));
  EXPECT_THAT(place.run("ae-eval", {run, "--include", "capacty"}),
              fails_as(2, {"--include", "capacty", "did you mean", "capacity"}));
}

TEST(Comparison, GroupsRunsThatDifferInTheirSeedOnly) {
  const Workplace place;
  const auto train = [&](const std::string& run, const std::string& set) {
    ASSERT_THAT(place.train(digits_config("vae"), {"--run-dir", run, "--set", set}), succeeds());
  };
  train("a", "seed=1");
  train("b", "seed=2");
  train("c", "model.latent_dim=3");
  const ProgramResult result = place.run("ae-eval", {"a", "b", "c", "--json", "--out", "compared"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Json groups = Json::parse(result.out)["groups"];
  ASSERT_EQ(groups.size(), 2U);
  ASSERT_EQ(groups[0]["runs"].size(), 2U);
  EXPECT_EQ(groups[1]["latent_dim"], 3);
  const double first = groups[0]["runs"][0]["evaluation"]["model"]["mse"];
  const double second = groups[0]["runs"][1]["evaluation"]["model"]["mse"];
  EXPECT_NE(first, second);
  EXPECT_NEAR(groups[0]["mse"]["mean"], (first + second) / 2, 1e-12);
  EXPECT_NEAR(groups[0]["mse"]["standard_deviation"], std::abs(first - second) / std::sqrt(2),
              1e-12);
  EXPECT_EQ(groups[1]["mse"]["standard_deviation"], 0);
  expect_sections(bytes_of(place / "compared/comparison.html"), {"Comparison"});
  EXPECT_THAT(place.run("ae-eval", {"a", "b", "--probe"}), fails_as(2, {"--probe", "one run"}));
}

}  // namespace
}  // namespace ae
