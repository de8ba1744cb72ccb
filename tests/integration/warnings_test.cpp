// Warnings on experiments that run but train badly, and statistics of latents.

#include <gtest/gtest.h>

#include "integration/digits.h"

namespace ae {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

size_t count_of(const std::string& text, const std::string& part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

Json collapsing_config() {
  Json config = digits_config("vae", 4);
  config["objective"]["kl"] = {{"weight", 50}};
  return config;
}

TEST(Warnings, SayOnceThatAVaeHasCollapsed) {
  const Workplace place;
  const ProgramResult text = place.train(collapsing_config(), {"--quiet"});
  ASSERT_THAT(text, succeeds());
  EXPECT_EQ(count_of(text.out, "warning: "), 1U) << text.out;
  EXPECT_THAT(text.out, AllOf(HasSubstr("warning: posterior collapse: the KL divergence"),
                              HasSubstr("0 of 4 units active"),
                              HasSubstr("lower objective.kl.weight (now 50)")));
  const ProgramResult json = place.train(collapsing_config(), {"--json", "--run-dir", "again"});
  ASSERT_EQ(json.exit_code, 0) << json.err;
  EXPECT_THAT(Json::parse(json.out)["warnings"].get<std::vector<std::string>>(),
              ElementsAre(HasSubstr("posterior collapse")));
  EXPECT_THAT(json.err, HasSubstr("warning: posterior collapse: the KL divergence"));
  const Json last = read_metrics(place / "again/metrics.jsonl").back();
  EXPECT_EQ(last["split"], "validation");
  EXPECT_EQ(last["active_units"], 0);
}

TEST(Warnings, SayThatCodesAreFarFromThePrior) {
  const Workplace place;
  Json config = digits_config("vae", 40);
  config["objective"]["kl"] = {{"weight", 0.0001}};
  const ProgramResult found = place.train(config, {"--quiet"});
  ASSERT_THAT(found, succeeds());
  EXPECT_EQ(count_of(found.out, "warning: "), 1U) << found.out;
  EXPECT_THAT(found.out, AllOf(HasSubstr("warning: the codes of the rows are far from the prior"),
                               HasSubstr("raise objective.kl.weight (now 0.0001)")));
  // The remedy applied.
  config["objective"]["kl"] = {{"weight", 1}};
  const ProgramResult mended = place.train(config, {"--quiet", "--overwrite"});
  ASSERT_THAT(mended, succeeds());
  EXPECT_EQ(count_of(mended.out, "warning: "), 0U) << mended.out;
}

TEST(Warnings, AreNotGivenToAVaeThatLearns) {
  const Workplace place;
  const ProgramResult result = place.train(digits_config("vae", 6), {"--json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(Json::parse(result.out)["warnings"], IsEmpty());
  EXPECT_THAT(result.err, Not(HasSubstr("warning")));
  EXPECT_GT(read_metrics(place / "runs/vae/metrics.jsonl").back()["active_units"], 0);
}

TEST(Warnings, SayThatAModelLearnsItsRowsByHeart) {
  const Workplace place;
  Json config = digits_config("autoencoder", 300);
  config["data"]["validation"] = {{"last", 1757}};  // 40 rows are left
  config["model"]["encoder"]["hidden"] = {128};
  config["model"]["latent_dim"] = 16;
  config["objective"]["reconstruction"] = "bernoulli";
  config["optimizer"]["learning_rate"] = 0.005;
  config["training"]["batch_size"] = 40;  // all rows: the loss rises steadily
  const ProgramResult result = place.train(config, {"--quiet"});
  ASSERT_THAT(result, succeeds());
  EXPECT_EQ(count_of(result.out, "warning: "), 1U) << result.out;
  EXPECT_THAT(result.out,
              AllOf(HasSubstr("warning: overfitting: the validation loss has risen for 3 epochs"),
                    HasSubstr("set training.early_stopping")));
}

TEST(Warnings, ComeBeforeTrainingAndInADryRun) {
  const Workplace place;
  Json config = digits_config("autoencoder", 1);
  config["model"]["latent_dim"] = 64;
  config["model"]["encoder"]["hidden"] = {64};
  const ProgramResult trained = place.train(config);
  ASSERT_THAT(trained, succeeds());
  const size_t warned = trained.out.find("warning: model.latent_dim = 64");
  ASSERT_NE(warned, std::string::npos) << trained.out;
  EXPECT_LT(warned, trained.out.find("epoch 1/1"));
  const ProgramResult text = place.train(config, {"--dry-run"});
  ASSERT_THAT(text, succeeds());
  EXPECT_EQ(count_of(text.out, "warning: model.latent_dim = 64"), 1U);
  const ProgramResult json = place.train(config, {"--dry-run", "--json"});
  ASSERT_THAT(json, succeeds());
  EXPECT_THAT(Json::parse(json.out)["warnings"].get<std::vector<std::string>>(),
              ElementsAre(HasSubstr("copy")));
}

TEST(Notes, TellWhatABernoulliMakesOfGreyDigits) {
  const Workplace place;
  const ProgramResult result = place.train(digits_config("vae"), {"--dry-run", "--json"});
  ASSERT_THAT(result, succeeds());
  const Json json = Json::parse(result.out);
  EXPECT_THAT(json["warnings"], IsEmpty());
  EXPECT_THAT(json["notes"].get<std::vector<std::string>>(),
              ElementsAre(HasSubstr("% of the data's values lie between 0 and 1")));
}

TEST(Eval, TellsWhatLatentsDo) {
  const Workplace place;
  const ProgramResult text = place.run("ae-eval", {trained_vae().string()});
  ASSERT_THAT(text, succeeds());
  EXPECT_THAT(text.out, AllOf(HasSubstr(" of 4 (variance of the posterior mean above 0.01); KL per "
                                        "latent, largest first: "),
                              HasSubstr("\nactive units ")));
  const ProgramResult result = place.run("ae-eval", {trained_vae().string(), "--json"});
  ASSERT_THAT(result, succeeds());
  const Json json = Json::parse(result.out);
  const auto kl = json["latents"]["kl"].get<std::vector<double>>();
  ASSERT_EQ(kl.size(), 4U);
  EXPECT_NEAR(kl[0] + kl[1] + kl[2] + kl[3], json["objective"]["kl"].get<double>(), 1e-4);
  int active = 0;
  for (const double variance : json["latents"]["variance"]) active += variance > 0.01 ? 1 : 0;
  EXPECT_EQ(json["latents"]["active_units"], active);
  EXPECT_EQ(read_metrics(trained_vae() / "metrics.jsonl").back()["active_units"], active);
}

TEST(Eval, TellsHowSparseCodesAre) {
  const Workplace place;
  Json config = digits_config("autoencoder", 1);
  config["model"]["latent"] = {{"type", "top_k"}, {"k", 3}, {"relu", false}};
  config["model"]["latent_dim"] = 20;
  ASSERT_THAT(place.train(config, {"--quiet"}), succeeds());
  const ProgramResult text = place.run("ae-eval", {"runs/autoencoder"});
  EXPECT_THAT(text.out, HasSubstr("active latents per row 3 of 20; never active on these rows "));
  const Json json = Json::parse(place.run("ae-eval", {"runs/autoencoder", "--json"}).out);
  double active = 0;
  int never = 0;
  for (const double density : json["latents"]["density"]) {
    active += density;
    never += density == 0 ? 1 : 0;
  }
  EXPECT_NEAR(active, 3, 1e-9);
  EXPECT_DOUBLE_EQ(json["latents"]["never_active"], never / 20.0);
  EXPECT_FALSE(json["latents"].contains("kl"));
}

}  // namespace
}  // namespace ae
