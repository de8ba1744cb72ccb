// ae-sample and ae-eval on trained models.

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "integration/digits.h"

namespace ae {
namespace {

std::vector<std::string> lines_of(const std::filesystem::path& path) {
  std::istringstream text(bytes_of(path));
  std::vector<std::string> lines;
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  return lines;
}

namespace fs = std::filesystem;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pointwise;

std::string sampled_run() { return trained_vae().string(); }

TEST(Sample, IsAFunctionOfTheSeed) {
  const Workplace place;
  const auto sample = [&](const std::string& out, const std::string& seed) {
    EXPECT_THAT(
        place.run("ae-sample", {sampled_run(), "--count", "20", "--seed", seed, "--out", out}),
        succeeds());
    return bytes_of(place / out);
  };
  const std::string first = sample("a.npy", "5");
  EXPECT_EQ(first, sample("b.npy", "5"));
  EXPECT_NE(first, sample("c.npy", "6"));
  EXPECT_EQ(sample("a.png", "5").substr(0, 8), "\x89PNG\r\n\x1a\n");
  sample("a.csv", "5");

  const Array rows = read_array(place / "a.npy");
  EXPECT_EQ(rows.rows, 20);
  EXPECT_THAT(rows.shape, ElementsAre(1, 8, 8));
  const Array table = read_array(place / "a.csv");
  EXPECT_EQ(table.columns.back(), "pixel_7_7");
  EXPECT_EQ(table.values, rows.values);

  // The first samples do not depend on --count.
  EXPECT_THAT(
      place.run("ae-sample", {sampled_run(), "--count", "30", "--seed", "5", "--out", "d.npy"}),
      succeeds());
  const Array longer = read_array(place / "d.npy");
  EXPECT_THAT(std::vector<float>(longer.values.begin(), longer.values.begin() + 20 * 64),
              Pointwise(testing::FloatNear(1e-4F), rows.values));
}

TEST(Sample, DecodesGivenCodes) {
  const Workplace place;
  ASSERT_THAT(place.run("ae-encode", {sampled_run(), "--data", digits_csv().string(), "--out",
                                      "c.npy", "--reconstruction", "r.npy"}),
              succeeds());
  ASSERT_THAT(place.run("ae-sample", {sampled_run(), "--codes", "c.npy", "--out", "d.npy"}),
              succeeds());
  EXPECT_THAT(read_array(place / "d.npy").values,
              Pointwise(testing::FloatNear(1e-4F), read_array(place / "r.npy").values));
  place.write("codes.csv", "a,b,c,d\n0,0,0,0\n1,1,1,1\n");
  ASSERT_THAT(place.run("ae-sample", {sampled_run(), "--codes", "codes.csv", "--out", "e.csv"}),
              succeeds());
  EXPECT_EQ(read_array(place / "e.csv").rows, 2);
  place.write("wrong.csv", "a,b\n0,0\n");
  EXPECT_THAT(place.run("ae-sample", {sampled_run(), "--codes", "wrong.csv", "--out", "f.csv"}),
              fails_as(3, {"wrong.csv", "2 values", "takes 4"}));
  EXPECT_THAT(
      place.run("ae-sample", {sampled_run(), "--codes", "c.npy", "--count", "3", "--out", "f.csv"}),
      fails_as(2, {"--codes", "--count"}));
}

TEST(Sample, RefusesWhatItCannotDo) {
  const Workplace place;
  for (const auto& [option, value] : std::vector<std::pair<std::string, std::string>>{
           {"--count", "0"}, {"--count", "-3"}, {"--count", "many"}, {"--seed", "-1"}}) {
    EXPECT_THAT(place.run("ae-sample", {sampled_run(), option, value, "--out", "x.npy"}),
                fails_as(2, {option, value}));
  }
  EXPECT_THAT(place.run("ae-sample", {sampled_run(), "--count", "20000", "--out", "x.png"}),
              fails_as(2, {"x.png", "at most 10,000"}));
  EXPECT_THAT(place.run("ae-sample", {sampled_run()}), fails_as(2, {"--out"}));
  EXPECT_EQ(place.entries(), 0U);
}

TEST(AnAutoencoderWithoutPrior, IsSampledByCodesOnlyAndHasNoVariance) {
  const Workplace place;
  ASSERT_THAT(place.train(digits_config("autoencoder", 1)), succeeds());
  EXPECT_THAT(place.run("ae-sample", {"runs/autoencoder", "--out", "x.npy"}),
              fails_as(2, {"cannot sample from this model", "--from aggregated_posterior",
                           "kind \"vae\"", "--codes"}));
  EXPECT_THAT(place.run("ae-encode", {"runs/autoencoder", "--data", digits_csv().string(), "--out",
                                      "x.npy", "--log-variance"}),
              fails_as(2, {"--log-variance", "Gaussian"}));
  place.write("codes.csv", "a,b,c,d\n0,0,0,0\n");
  EXPECT_THAT(place.run("ae-sample", {"runs/autoencoder/checkpoints/last", "--codes", "codes.csv",
                                      "--out", "y.npy"}),
              succeeds());
  EXPECT_FALSE(fs::exists(place / "x.npy"));
}

TEST(Sample, GoesBetweenGivenRowsAndVariesThem) {
  const Workplace place;
  const std::string data = digits_csv().string();
  const Arguments rows = {sampled_run(), "--data", data, "--rows", "3,5,8"};
  const auto sample = [&](const Arguments& more) {
    Arguments all = rows;
    all.insert(all.end(), more.begin(), more.end());
    const ProgramResult result = place.run("ae-sample", all);
    EXPECT_THAT(result, succeeds());
    return result.out;
  };
  EXPECT_THAT(sample({"--interpolate", "4", "--out", "line.csv"}), HasSubstr("8 rows"));
  EXPECT_THAT(sample({"--interpolate", "4", "--spherical", "--out", "arc.csv"}),
              HasSubstr("8 rows"));
  EXPECT_THAT(sample({"--variations", "2", "--temperature", "0", "--out", "same.csv"}),
              HasSubstr("9 rows"));
  EXPECT_THAT(sample({"--variations", "2", "--out", "varied.csv"}), HasSubstr("9 rows"));
  EXPECT_THAT(sample({"--traverse", "0,3", "--steps", "5", "--out", "latents.csv"}),
              HasSubstr("30 rows"));
  EXPECT_THAT(sample({"--traverse", "0,3", "--steps", "5", "--out", "latents.png"}),
              HasSubstr("30 rows"));
  // Both begin with the first row's reconstruction, which a temperature of 0 repeats.
  const std::vector<std::string> line = lines_of(place / "line.csv");
  const std::vector<std::string> same = lines_of(place / "same.csv");
  EXPECT_EQ(line[1], same[1]);
  EXPECT_EQ(same[1], same[3]);
  EXPECT_EQ(line[4], line[5]);  // the second row, reached and left
  EXPECT_NE(bytes_of(place / "line.csv"), bytes_of(place / "arc.csv"));
  EXPECT_NE(bytes_of(place / "varied.csv"), bytes_of(place / "same.csv"));
  EXPECT_THAT(place.run("ae-sample", {sampled_run(), "--traverse", "1", "--out", "prior.csv"}),
              succeeds());
}

TEST(Sample, RefusesRowsAndLatentsThatAreNotThere) {
  const Workplace place;
  const std::string data = digits_csv().string();
  const auto refused = [&](Arguments more, const std::vector<std::string>& texts) {
    more.insert(more.begin(), sampled_run());
    more.insert(more.end(), {"--out", "x.npy"});
    EXPECT_THAT(place.run("ae-sample", more), fails_as(2, texts));
  };
  refused({"--data", data, "--rows", "1797,0", "--interpolate", "3"},
          {"--rows 1797", "1,797 rows"});
  refused({"--data", data, "--rows", "4", "--interpolate", "3"}, {"--interpolate", "at least two"});
  refused({"--traverse", "4"}, {"--traverse 4", "4 latents"});
  refused({"--manifold", "5"}, {"--manifold", "two latents"});
  refused({"--data", data, "--interpolate", "3"}, {"--rows"});
  refused({"--traverse", "1", "--count", "3"}, {"--count"});
  refused({"--data", data, "--rows", "3"}, {"--rows", "--interpolate, --variations or --traverse"});
  refused({"--data", data, "--rows", "3", "--manifold", "3"}, {"--manifold"});
  refused({"--data", data, "--rows", "3", "--variations", "3", "--temperature", "-1"},
          {"--temperature"});
  refused({"--traverse", "1", "--span", "-2"}, {"--span"});
  EXPECT_EQ(place.entries(), 0U);
}

TEST(Eval, WritesFiguresAndTables) {
  const Workplace place;
  ASSERT_THAT(place.run("ae-eval", {sampled_run(), "--out", "figures"}), succeeds());
  const Json metrics = Json::parse(bytes_of(place / "figures/metrics.json"));
  EXPECT_EQ(metrics["rows"], 359);
  EXPECT_EQ(metrics["parts"]["reconstruction"]["worst_rows"].size(), 10);
  EXPECT_GT(metrics["parts"]["reconstruction"]["worst_rows"][0]["squared_error"],
            metrics["parts"]["reconstruction"]["best_rows"][0]["squared_error"]);
  EXPECT_THAT(bytes_of(place / "figures/errors_by_feature.csv"), HasSubstr("feature,mse\n"));
  const std::string by_row = bytes_of(place / "figures/errors_by_row.csv");
  EXPECT_EQ(std::count(by_row.begin(), by_row.end(), '\n'), 360);
}

TEST(Eval, ComputesThePartsThatAreNamed) {
  const Workplace place;
  const ProgramResult result = place.run(
      "ae-eval",
      {sampled_run(), "--json", "--only", "likelihood", "--importance-samples", "5", "--out", "x"});
  ASSERT_THAT(result, succeeds());
  const Json parts = Json::parse(result.out)["parts"];
  EXPECT_FALSE(parts.contains("reconstruction"));
  EXPECT_TRUE(parts["likelihood"].contains("unavailable") ||
              parts["likelihood"]["importance_samples"] == 5);
  EXPECT_THAT(place.run("ae-eval", {sampled_run(), "--only", "liklihood"}),
              fails_as(2, {"--only \"liklihood\"", "did you mean \"likelihood\"?"}));
  place.write("taken", "");
  EXPECT_THAT(place.run("ae-eval", {sampled_run(), "--out", "taken"}),
              fails_as(2, {"--out taken", "is no folder"}));
}

TEST(Eval, ComparesWithPcaAndTheMean) {
  const Workplace place;
  const ProgramResult text = place.run("ae-eval", {sampled_run()});
  ASSERT_THAT(text, succeeds());
  EXPECT_THAT(text.out, AllOf(HasSubstr("validation: 359 rows"), HasSubstr("PCA, 4 components"),
                              HasSubstr("mean of the training rows"), HasSubstr("kl ")));
  const ProgramResult held_out = place.run("ae-eval", {sampled_run(), "--json"});
  const ProgramResult given =
      place.run("ae-eval", {sampled_run(), "--json", "--data", digits_csv().string()});
  for (const ProgramResult& result : {held_out, given}) {
    ASSERT_THAT(result, succeeds());
    const Json json = Json::parse(result.out);
    const double pca = json["pca"]["squared_error"];
    const double mean = json["mean_predictor"]["squared_error"];
    EXPECT_GT(pca, 0);
    EXPECT_LT(pca, mean);
    EXPECT_EQ(json["pca"]["components"], 4);
    EXPECT_DOUBLE_EQ(json["mean_predictor"]["mse"], mean / 64);
    EXPECT_NEAR(
        json["objective"]["loss"],
        json["objective"]["reconstruction"].get<double>() + json["objective"]["kl"].get<double>(),
        1e-4);
  }
  EXPECT_EQ(Json::parse(held_out.out)["rows"], 359);
  EXPECT_EQ(Json::parse(given.out)["rows"], 1797);
  EXPECT_EQ(Json::parse(given.out)["split"], "given");
  // The objective equals training's on the same rows.
  const Json logged = read_metrics(trained_vae() / "metrics.jsonl").back();
  EXPECT_NEAR(Json::parse(held_out.out)["objective"]["loss"], logged["loss"].get<double>(), 1e-3);
}

}  // namespace
}  // namespace ae
