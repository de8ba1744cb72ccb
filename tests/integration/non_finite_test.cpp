// Training with losses that are not finite.

#include <gtest/gtest.h>
#include <spdlog/fmt/fmt.h>

#include "integration/digits.h"

namespace ae {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

/// 60 rows of three numbers; those of the last row make the loss overflow.
Json config_of_rows(const Workplace& place) {
  std::string rows = "x,y,z\n";
  for (int i = 0; i < 59; ++i) rows += fmt::format("0.{},0.{},0.{}\n", i % 10, i % 7, i % 3);
  place.write("rows.csv", rows + "1e30,1,1\n");
  return {{"name", "run"},
          {"seed", 3},
          {"data", {{"train", {{"path", "rows.csv"}}}, {"scale", "none"}}},
          {"model", {{"encoder", {{"type", "mlp"}, {"hidden", {4}}}}, {"latent_dim", 2}}},
          {"training", {{"epochs", 3}, {"batch_size", 8}}}};
}

TEST(NonFinite, LossStopsWithTheStateBeforeItSaved) {
  const Workplace place;
  const Json config = config_of_rows(place);
  EXPECT_THAT(place.train(config, {"--log-level", "error"}),
              fails_as(4, {"diverged in epoch 1, update ", "reconstruction is not finite",
                           "row 59 of ", "rows.csv", "training.on_non_finite"}));
  EXPECT_TRUE(fs::exists(place / "runs/run/checkpoints/last/state.json"));
  // It can be resumed with such updates skipped.
  const ProgramResult resumed =
      place.train(config, {"--resume", "--json", "--set", "training.on_non_finite=skip"});
  ASSERT_EQ(resumed.exit_code, 0) << resumed.err;
  const ProgramResult whole =
      place.train(config, {"--run-dir", "whole", "--json", "--set", "training.on_non_finite=skip"});
  ASSERT_EQ(whole.exit_code, 0) << whole.err;
  EXPECT_EQ(read_timeless_metrics(place / "runs/run/metrics.jsonl"),
            read_timeless_metrics(place / "whole/metrics.jsonl"));
  const Json result = Json::parse(whole.out);
  EXPECT_EQ(result["skipped_updates"], 3);
  EXPECT_EQ(Json::parse(resumed.out)["skipped_updates"], 3);
  // And of the wide column, and of the report that such errors cannot be shown in.
  EXPECT_EQ(result["warnings"].size(), 5U);
  EXPECT_THAT(whole.err, HasSubstr("in epoch 1 is skipped (1 of at most 10): reconstruction is"));
}

TEST(NonFinite, RunsWhoseLastStateIsBeyondHelpContinueFromTheBestOne) {
  const Workplace place;
  Json config = digits_config("autoencoder", 30);
  // The rate grows until training diverges, some epochs after the loss was best.
  config["optimizer"] = {{"type", "sgd"},
                         {"learning_rate", 150},
                         {"schedule", {{"type", "constant"}, {"warm_up", "30e"}}}};
  const std::vector<std::string> roll_back = {"--log-level", "error", "--resume", "--set",
                                              "training.on_non_finite=rollback"};
  EXPECT_THAT(place.train(config, {"--log-level", "error"}),
              fails_as(4, {"--resume --from best --set training.on_non_finite=rollback"}));
  EXPECT_THAT(place.train(config, roll_back), fails_as(4, {"after 10 rollbacks", "--from best"}));
  EXPECT_THAT(place.train(config, {"--resume", "--from", "bset"}),
              fails_as(2, {"--from bset: not a checkpoint", "best, last, step_"}));
  std::vector<std::string> from_best = roll_back;
  from_best.insert(from_best.end(), {"--from", "best", "--json"});
  const ProgramResult done = place.train(config, from_best);
  ASSERT_EQ(done.exit_code, 0) << done.err;
  EXPECT_EQ(Json::parse(done.out)["epochs"], 30);
  std::vector<int64_t> epochs;
  for (const Json& line : read_metrics(place / "runs/autoencoder/metrics.jsonl")) {
    if (line["split"] == "train") epochs.push_back(line["epoch"]);
  }
  ASSERT_EQ(epochs.size(), 30U) << "each epoch once";
}

TEST(NonFinite, WeightsRollBackToASmallerLearningRate) {
  const Workplace place;
  Json config = digits_config("autoencoder", 2);
  config["optimizer"] = {{"type", "sgd"}, {"learning_rate", 1e6}};
  config["training"].update({{"on_non_finite", "rollback"}, {"non_finite_limit", 100}});
  config["training"]["checkpoint_every"] = "2u";
  const ProgramResult done = place.train(config, {"--json"});
  ASSERT_EQ(done.exit_code, 0) << done.err;
  EXPECT_GT(Json::parse(done.out)["rollbacks"], 3);
  EXPECT_THAT(done.err, HasSubstr("back to update 0 in epoch 1, with a learning rate of 5e+05"));
  const std::vector<Json> lines = read_metrics(place / "runs/autoencoder/metrics.jsonl");
  ASSERT_EQ(lines.size(), 4U) << "each epoch once";
  EXPECT_LT(lines[0]["learning_rate"], 1e6);
}

}  // namespace
}  // namespace ae
