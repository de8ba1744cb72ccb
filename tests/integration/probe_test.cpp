// ae-eval --probe on trained models.

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <limits>

#include "integration/digits.h"

namespace ae {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

ProgramResult probe(const Workplace& place, const std::string& run, const Arguments& more = {}) {
  Arguments arguments = {run, "--probe", "--json", "--quiet"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return place.run("ae-eval", arguments);
}

Json figures(const ProgramResult& result) {
  EXPECT_THAT(result, succeeds());
  return Json::parse(result.out)["probe"];
}

TEST(Probe, TellsClassesFromCodesInputsAndComponents) {
  const Workplace place;
  const ProgramResult result = probe(place, trained_vae().string());
  const Json found = figures(result);
  EXPECT_EQ(found["classes"], 10);
  EXPECT_EQ(found["training_rows"], 1438);
  EXPECT_EQ(found["rows"], 359);
  EXPECT_EQ(found["unseen"]["rows"], 0);
  for (const char* classifier : {"logistic_regression", "nearest_neighbours"}) {
    for (const auto& [features, width, most] :
         {std::tuple{"codes", 4, 0.8}, {"inputs", 64, 0.06}, {"pca", 4, 0.25}}) {
      SCOPED_TRACE(fmt::format("{} on {}", classifier, features));
      const Json& one = found[classifier][features];
      EXPECT_EQ(one["width"], width);
      const double error = one["error"];
      EXPECT_DOUBLE_EQ(error, one["errors"].get<double>() / 359);
      EXPECT_DOUBLE_EQ(one["accuracy"], 1 - error);
      EXPECT_GT(error, 0);
      EXPECT_LT(error, most);
      EXPECT_EQ(one["training"]["rows"], 1438);
      EXPECT_LT(one["training"]["error"], most);
    }
  }
  const Json& regression = found["logistic_regression"]["inputs"];
  EXPECT_GE(regression["C"], 1e-4);
  EXPECT_LE(regression["C"], 10);
  EXPECT_TRUE(regression["converged"].get<bool>());
  EXPECT_EQ(result.out, probe(place, trained_vae().string()).out);
}

TEST(Probe, IsShownAsATable) {
  const Workplace place;
  const ProgramResult result = place.run("ae-eval", {trained_vae().string(), "--probe"});
  ASSERT_THAT(result, succeeds());
  EXPECT_THAT(
      result.out,
      AllOf(HasSubstr("10 classes; probes trained on 1,438 rows, evaluated on 359 rows"),
            HasSubstr("logistic regression, 4 codes"), Not(HasSubstr("held-out training rows")),
            HasSubstr("5 nearest neighbours, 64 inputs"),
            HasSubstr("5 nearest neighbours, 4 components of PCA")));
}

/// Errors of the nearest neighbour, computed from the codes that ae-train wrote for the validation
/// rows and those of ae-encode for all rows.
int64_t errors_of_nearest(const Workplace& place, const fs::path& run) {
  EXPECT_THAT(
      place.run("ae-encode", {run.string(), "--data", digits_csv().string(), "--out", "all.npy"}),
      succeeds());
  const Array codes = read_array(place / "all.npy");
  const std::vector<int64_t> held_out = read_integers(run / "latents/validation.rows.npy");
  const std::vector<int64_t> truth = read_integers(run / "latents/validation.labels.npy");
  const Array queries = read_array(run / "latents/validation.npy");
  const Array table = read_array(digits_csv());
  const auto label_column = static_cast<size_t>(
      std::find(table.columns.begin(), table.columns.end(), "label") - table.columns.begin());
  const auto label_of = [&](size_t row) {
    return static_cast<int64_t>(table.values[row * table.columns.size() + label_column]);
  };
  int64_t errors = 0;
  for (size_t q = 0; q < held_out.size(); ++q) {
    double nearest = std::numeric_limits<double>::infinity();
    int64_t label = -1;
    for (size_t row = 0; row < static_cast<size_t>(codes.rows); ++row) {
      if (std::binary_search(held_out.begin(), held_out.end(), static_cast<int64_t>(row))) continue;
      double distance = 0;
      for (size_t i = 0; i < 4; ++i) {
        const double difference = double{queries.values[4 * q + i]} - codes.values[4 * row + i];
        distance += difference * difference;
      }
      if (distance < nearest) {
        nearest = distance;
        label = label_of(row);
      }
    }
    errors += label == truth[q] ? 0 : 1;
  }
  return errors;
}

TEST(Probe, TakesThePosteriorMeansOfTheTrainingRowsAlone) {
  const Workplace place;
  const Json found = figures(probe(place, trained_vae().string(), {"--neighbours", "1"}));
  EXPECT_EQ(found["neighbours"], 1);
  EXPECT_EQ(found["nearest_neighbours"]["codes"]["errors"],
            errors_of_nearest(place, trained_vae()));
}

/// A folder with the digits in two files and a run on them whose config names no labels.
class WithoutLabels : public testing::Test {
 protected:
  void SetUp() override {
    const std::string all = bytes_of(digits_csv());
    size_t cut = 0;
    for (int line = 0; line < 201; ++line) cut = all.find('\n', cut) + 1;
    place_.write("test.csv", all.substr(0, cut));
    Json config = digits_config("autoencoder", 1);
    config["data"] = {{"train", {{"path", digits_csv().string()}, {"exclude", {"label"}}}},
                      {"test", {{"path", "test.csv"}}},
                      {"scale", 16},
                      {"shape", {1, 8, 8}}};
    ASSERT_THAT(place_.train(config), succeeds());
  }

  ProgramResult probe_with(const Arguments& more) const {
    return probe(place_, "runs/autoencoder", more);
  }
  /// A file of labels, one for each of `count` rows.
  template <class Label>
  void write_labels(const char* name, int count, const Label& label) const {
    std::string text;
    for (int i = 0; i < count; ++i) text += fmt::format("{}\n", label(i));
    place_.write(name, text);
  }

  Workplace place_;
};

TEST_F(WithoutLabels, TheyCanBeNamedLater) {
  EXPECT_THAT(probe_with({}), fails_as(3, {"digits.csv", "--train-labels", "data.train.labels"}));
  EXPECT_THAT(probe_with({"--train-labels", "label"}),
              fails_as(3, {"test.csv", "--labels", "data.test.labels"}));
  const Json named = figures(probe_with({"--train-labels", "label", "--labels", "label"}));
  EXPECT_EQ(named["rows"], 200);
  EXPECT_EQ(named["training_rows"], 1797);
  const Json given =
      figures(probe_with({"--train-labels", "label", "--data", "test.csv", "--labels", "label"}));
  EXPECT_EQ(given, named);
  EXPECT_THAT(probe_with({"--train-labels", "label", "--data", "test.csv"}),
              fails_as(3, {"test.csv", "--labels"}));
  EXPECT_THAT(probe_with({"--train-labels", "pixel_0_0", "--labels", "label"}),
              fails_as(2, {"--train-labels pixel_0_0", "trained on"}));
  EXPECT_THAT(
      probe_with({"--train-labels", "lable", "--labels", "label"}),
      fails_as(3, {"\"lable\" are neither a column nor a file", "did you mean \"label\"?"}));
}

TEST_F(WithoutLabels, WhatAreNoClassesIsRefused) {
  const auto with = [&](const char* file) {
    return probe_with({"--train-labels", file, "--labels", "label"});
  };
  write_labels("one.csv", 1797, [](int) { return "4"; });
  EXPECT_THAT(with("one.csv"), fails_as(3, {"digits.csv", "one label", "two classes"}));
  write_labels("ids.csv", 1797, [](int i) { return i; });
  EXPECT_THAT(with("ids.csv"), fails_as(3, {"1,797 different labels", "at most 1,000"}));
  write_labels("texts.csv", 1797, [](int i) { return i % 2 == 0 ? "even" : "odd"; });
  EXPECT_THAT(with("texts.csv"), fails_as(3, {"test.csv", "numbers", "texts"}));
  write_labels("few.csv", 20, [](int i) { return i % 2; });
  EXPECT_THAT(with("few.csv"), fails_as(3, {"few.csv", "20 labels for 1,797 rows"}));
}

TEST_F(WithoutLabels, UnseenOnesCountAsErrors) {
  write_labels("unseen.csv", 200, [](int i) { return i < 50 ? 99 : i % 10; });
  const Json found = figures(probe_with({"--train-labels", "label", "--labels", "unseen.csv"}));
  EXPECT_EQ(found["unseen"], (Json{{"rows", 50}, {"labels", {"99"}}}));
  EXPECT_GE(found["nearest_neighbours"]["inputs"]["errors"], 50);
  const ProgramResult text = place_.run("ae-eval", {"runs/autoencoder", "--probe", "--train-labels",
                                                    "label", "--labels", "unseen.csv", "--quiet"});
  ASSERT_THAT(text, succeeds());
  EXPECT_THAT(text.out, HasSubstr("50 have labels that no training row has (99)"));
}

TEST(Probe, NeedsRowsApartFromTheTrainingRows) {
  const Workplace place;
  Json config = digits_config("autoencoder", 1);
  config["data"].erase("validation");
  ASSERT_THAT(place.train(config), succeeds());
  EXPECT_THAT(probe(place, "runs/autoencoder"),
              fails_as(2, {"neither test nor validation", "--data"}));
  EXPECT_THAT(probe(place, "runs/autoencoder", {"--labels", "label"}),
              fails_as(2, {"--labels label", "--train-labels"}));
  // The training rows are accepted with --data, with a warning.
  const ProgramResult own =
      probe(place, "runs/autoencoder", {"--data", digits_csv().string(), "--labels", "label"});
  EXPECT_EQ(own.exit_code, 0);
  EXPECT_THAT(own.err,
              AllOf(HasSubstr("warning: "), HasSubstr("rows that the probe is trained on")));
}

TEST(Probe, ChecksItsOptions) {
  const Workplace place;
  const std::string run = trained_vae().string();
  EXPECT_THAT(probe(place, run, {"--neighbours", "0"}), fails_as(2, {"--neighbours"}));
  EXPECT_THAT(probe(place, run, {"--neighbours", "1001"}), fails_as(2, {"--neighbours"}));
  for (const char* option : {"--neighbours", "--labels", "--train-labels"}) {
    EXPECT_THAT(place.run("ae-eval", {run, option, "3"}), fails_as(2, {option, "--probe"}));
  }
}

}  // namespace
}  // namespace ae
