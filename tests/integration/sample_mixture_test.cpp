// ae-sample from the aggregated posterior.

#include <gtest/gtest.h>

#include <cmath>

#include "integration/digits.h"

namespace ae {
namespace {

using testing::AllOf;
using testing::HasSubstr;

TEST(SampleMixture, OfCodesOfAnAutoencoderWithoutPrior) {
  const Workplace place;
  ASSERT_THAT(place.train(digits_config("autoencoder", 20)), succeeds());
  const auto sample = [&](const Arguments& more) {
    Arguments all = {"runs/autoencoder", "--from", "aggregated_posterior"};
    all.insert(all.end(), more.begin(), more.end());
    const ProgramResult result = place.run("ae-sample", all);
    EXPECT_THAT(result, succeeds());
    return result;
  };
  EXPECT_THAT(sample({"--count", "20", "--seed", "5", "--out", "a.npy"}).out,
              AllOf(HasSubstr("sampled from a Gaussian mixture of "),
                    HasSubstr("fitted to 1,438 training codes (BIC "),
                    HasSubstr("this model has no prior\n")));
  const ProgramResult again =
      sample({"--count", "20", "--seed", "5", "--out", "b.npy", "--json", "--quiet"});
  EXPECT_EQ(bytes_of(place / "a.npy"), bytes_of(place / "b.npy"));
  const Json from = Json::parse(again.out)["sampled_from"];
  EXPECT_EQ(from["distribution"], "aggregated_posterior");
  EXPECT_EQ(from["codes"], 1438);
  EXPECT_EQ(from["model_has_prior"], false);
  EXPECT_GT(from["components"], 1);  // of ten digits
  for (const Json& tried : from["candidates"]) EXPECT_GE(tried["bic"], from["bic"]);
  sample({"--count", "20", "--seed", "6", "--out", "c.npy"});
  EXPECT_NE(bytes_of(place / "a.npy"), bytes_of(place / "c.npy"));
  sample({"--out", "d.png"});
  EXPECT_THAT(sample({"--data", digits_csv().string(), "--out", "e.csv"}).out,
              HasSubstr("64 rows"));
  // Samples are as the data are: of their mean, and neither equal nor far from them.
  sample({"--count", "2000", "--out", "f.npy"});
  const Array samples = read_array(place / "f.npy");
  const Array digits = read_array(digits_csv());
  const size_t width = digits.columns.size();  // with the label
  double difference = 0;
  for (size_t pixel = 0; pixel < 64; ++pixel) {
    double mean = 0;
    for (size_t i = pixel; i < samples.values.size(); i += 64) mean += samples.values[i] / 2000.0;
    for (size_t i = pixel; i < digits.values.size(); i += width) {
      mean -= digits.values[i] / static_cast<double>(digits.rows);
    }
    difference += std::abs(mean) / 64;
  }
  EXPECT_LT(difference, 0.5);  // of 16 grey levels
}

TEST(SampleMixture, OfCodesOfAVaeOnRequest) {
  const Workplace place;
  const ProgramResult result = place.run(
      "ae-sample", {trained_vae().string(), "--from", "aggregated_posterior", "--out", "a.npy"});
  ASSERT_THAT(result, succeeds());
  EXPECT_THAT(result.out, HasSubstr("not from this model's prior"));
  ASSERT_THAT(place.run("ae-sample", {trained_vae().string(), "--from", "prior", "--out", "b.npy"}),
              succeeds());
  ASSERT_THAT(place.run("ae-sample", {trained_vae().string(), "--out", "c.npy"}), succeeds());
  EXPECT_EQ(bytes_of(place / "b.npy"), bytes_of(place / "c.npy"));
  EXPECT_NE(bytes_of(place / "a.npy"), bytes_of(place / "c.npy"));
}

TEST(SampleMixture, WithoutTheTrainingRowsNamesOptionsForOthers) {
  const Workplace place;
  place.write("rows.csv", bytes_of(digits_csv()));
  Json config = digits_config("autoencoder", 1);
  config["data"]["train"]["path"] = "rows.csv";
  ASSERT_THAT(place.train(config), succeeds());
  std::filesystem::create_directory(place / "moved");
  std::filesystem::rename(place / "rows.csv", place / "moved/rows.csv");
  const auto sample = [&](const Arguments& more) {
    Arguments all = {"runs/autoencoder", "--from", "aggregated_posterior", "--out", "a.npy"};
    all.insert(all.end(), more.begin(), more.end());
    return place.run("ae-sample", all);
  };
  EXPECT_THAT(sample({}), fails_as(3, {"rows.csv", "--data-root", "--data FILE"}));
  EXPECT_THAT(sample({"--data-root", "moved"}), succeeds());
  EXPECT_THAT(sample({"--data", "moved/rows.csv"}).out, HasSubstr("codes of moved/rows.csv"));
}

TEST(SampleMixture, RefusesOptionsThatDoNotFit) {
  const Workplace place;
  const auto refused = [&](Arguments more, const std::vector<std::string>& texts) {
    more.insert(more.begin(), trained_vae().string());
    more.insert(more.end(), {"--out", "x.npy"});
    EXPECT_THAT(place.run("ae-sample", more), fails_as(2, texts));
  };
  const std::string data = digits_csv().string();
  refused({"--from", "posterior"}, {"--from", "aggregated_posterior"});
  refused({"--from", "aggregated_posterior", "--traverse", "1"}, {"--from", "--traverse"});
  refused({"--from", "aggregated_posterior", "--codes", "c.npy"}, {"--codes", "--from"});
  refused({"--from", "aggregated_posterior", "--data", data, "--rows", "3"}, {"--rows"});
  refused({"--data", data}, {"--data", "--rows", "--from aggregated_posterior"});
  refused({"--from", "prior", "--data", data}, {"--data", "--from aggregated_posterior"});
  refused({"--from", "prior", "--data-root", "."}, {"--data-root", "--from aggregated_posterior"});
  EXPECT_EQ(place.entries(), 0U);
}

TEST(SampleMixture, RefusesFilesThatTheDiskHasNoRoomFor) {
  const Workplace place;
  EXPECT_THAT(place.run("ae-sample",
                        {trained_vae().string(), "--count", "1099511627776", "--out", "x.npy"}),
              fails_as(3, {"are needed", "are free"}));
  EXPECT_EQ(place.entries(), 0U);
}

}  // namespace
}  // namespace ae
