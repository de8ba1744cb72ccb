// data.train.target: rows that are to become other rows.

#include <gtest/gtest.h>
#include <spdlog/fmt/fmt.h>

#include <random>

#include "integration/digits.h"
#include "io/formats/npy.h"

namespace ae {
namespace {

using testing::HasSubstr;
using Texts = std::vector<std::string>;

constexpr int64_t kPairs = 600;

/// Rows of four numbers, and for each the two that follow from them: a sum and a difference.
class Targets : public testing::Test {
 protected:
  Targets() {
    std::mt19937 random(1);
    std::normal_distribution<float> normal;
    std::string table = "a,b,c,d,sum,difference\n";
    for (int64_t row = 0; row < kPairs; ++row) {
      for (int i = 0; i < 4; ++i) inputs_.push_back(normal(random));
      const float* x = inputs_.data() + 4 * row;
      targets_.push_back(100 * (x[0] + x[1]));
      targets_.push_back(x[2] - x[3]);
      table += fmt::format("{},{},{},{},{},{}\n", x[0], x[1], x[2], x[3], targets_.end()[-2],
                           targets_.back());
    }
    place_.write("table.csv", table);
    write("inputs.npy", 4, inputs_, kPairs);
    write("targets.npy", 2, targets_, kPairs);
    write("few.npy", 2, targets_, kPairs - 1);
  }
  void write(const char* name, int64_t width, const std::vector<float>& values, int64_t rows) {
    NpyWriter writer(place_ / name, NpyType::float32, {width});
    writer.write(values.data(), rows);
    writer.commit();
  }
  static Json config(const Json& data) {
    Json all = {{"name", "pairs"},
                {"data", {{"validation", {{"fraction", 0.2}}}, {"preprocessing", {"standardize"}}}},
                {"model", {{"encoder", "linear"}, {"latent_dim", 2}}},
                {"optimizer", {{"type", "adam"}, {"learning_rate", 0.02}}},
                {"training", {{"epochs", 60}, {"batch_size", 32}}}};
    all["data"].update(data);
    return all;
  }

  Workplace place_;
  std::vector<float> inputs_;
  std::vector<float> targets_;
};

TEST_F(Targets, OfAFileAreReconstructedInTheirUnits) {
  const ProgramResult trained =
      place_.train(config({{"train", {{"path", "inputs.npy"}, {"target", "targets.npy"}}}}));
  ASSERT_EQ(trained.exit_code, 0) << trained.err;
  EXPECT_THAT(trained.out, HasSubstr("targets: rows of 2, from"));
  EXPECT_THAT(place_.run("ae-encode", {"runs/pairs", "--data", "inputs.npy", "--out", "c.npy",
                                       "--reconstruction", "r.npy"}),
              succeeds());
  const Array decoded = read_array(place_ / "r.npy");
  ASSERT_EQ(decoded.values.size(), targets_.size());
  for (size_t i = 0; i < targets_.size(); i += 2) {
    EXPECT_NEAR(decoded.values[i], targets_[i], 5);
    EXPECT_NEAR(decoded.values[i + 1], targets_[i + 1], 0.05);
  }
}

TEST_F(Targets, OfColumnsAreNoInput) {
  const Json source = {{"path", "table.csv"}, {"target", {"sum", "difference"}}};
  Json data = {{"train", source}, {"test", {{"path", "table.csv"}}}};
  const ProgramResult trained = place_.train(config(data));
  ASSERT_EQ(trained.exit_code, 0) << trained.err;
  const ProgramResult evaluated = place_.run("ae-eval", {"runs/pairs", "--json"});
  ASSERT_EQ(evaluated.exit_code, 0) << evaluated.err;
  const Json figures = Json::parse(evaluated.out);
  EXPECT_EQ(figures["features"], 2);
  EXPECT_LT(figures["model"]["mse"].get<double>(), 0.01);
  EXPECT_EQ(place_.run("ae-eval", {"runs/pairs", "--json", "--data", "table.csv"}).exit_code, 0);
  // New rows need no targets.
  place_.write("new.csv", "d,c,b,a\n1,2,3,4\n0.5,0.25,-1,1\n");
  ASSERT_THAT(place_.run("ae-encode", {"runs/pairs", "--data", "new.csv", "--out", "c.csv",
                                       "--reconstruction", "r.csv"}),
              succeeds());
  const Array decoded = read_array(place_ / "r.csv");
  EXPECT_EQ(decoded.columns, (Texts{"sum", "difference"}));
  EXPECT_NEAR(decoded.values[0], 700, 20);
  EXPECT_NEAR(decoded.values[1], 1, 0.2);
}

TEST_F(Targets, ResumeBitForBitAndOnlyWithTheSameTargets) {
  Json pairs = config({{"train", {{"path", "inputs.npy"}, {"target", "targets.npy"}}}});
  pairs["training"]["epochs"] = 4;
  ASSERT_EQ(place_.train(pairs, {"--run-dir", "whole"}).exit_code, 0);
  ASSERT_EQ(place_.train(pairs, {"--run-dir", "parts", "--set", "training.epochs=2"}).exit_code, 0);
  ASSERT_EQ(place_.train(pairs, {"--run-dir", "parts", "--resume"}).exit_code, 0);
  EXPECT_EQ(bytes_of(place_ / "whole/checkpoints/last/model.safetensors"),
            bytes_of(place_ / "parts/checkpoints/last/model.safetensors"));
  targets_[0] += 1;
  write("targets.npy", 2, targets_, kPairs);
  EXPECT_THAT(place_.train(pairs, {"--run-dir", "parts", "--resume", "--set", "training.epochs=5"}),
              fails(3, Texts{"its target has changed"}));
}

TEST_F(Targets, AreRefusedWhereTheyDoNotFit) {
  const auto fault = [&](const Json& data, const Arguments& more = {}) {
    Arguments arguments = {"--dry-run"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return place_.train(config(data), arguments);
  };
  const Json pair = {{"path", "inputs.npy"}, {"target", "targets.npy"}};
  EXPECT_THAT(fault({{"train", {{"path", "inputs.npy"}, {"target", "few.npy"}}}}),
              fails(3, Texts{"few.npy: has 599 rows", "600", "a target for each row"}));
  EXPECT_THAT(fault({{"train", {{"path", "inputs.npy"}, {"target", "none.npy"}}}}),
              fails(3, Texts{"none.npy"}));
  EXPECT_THAT(fault({{"train", {{"path", "table.csv"}, {"target", {"summ"}}}}}),
              fails(3, Texts{"\"summ\""}));
  EXPECT_THAT(fault({{"train", {{"path", "inputs.npy"}, {"target", 3}}}}),
              fails(2, Texts{"data.train.target = 3", "a list of columns"}));
  EXPECT_THAT(fault({{"train", pair}, {"test", {{"path", "inputs.npy"}}}}),
              fails(2, Texts{"data.test.target is missing"}));
  for (const char* option :
       {"model.tied=true", "model.decoder_from_encoder=true", "model.pre_encoder_bias=true",
        R"(corruption={"type": "masking", "corrupted_weight": 2})"}) {
    EXPECT_THAT(fault({{"train", pair}}, {"--set", option}), fails(2, Texts{"data.train.target"}));
  }
  ASSERT_EQ(place_.train(config({{"train", pair}}), {"--set", "training.epochs=1"}).exit_code, 0);
  for (const Arguments& more :
       {Arguments{"--scores", "s.csv"}, Arguments{"--reconstruction-error"}}) {
    Arguments arguments = {"runs/pairs", "--data", "inputs.npy", "--out", "c.npy"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    EXPECT_THAT(place_.run("ae-encode", arguments), fails(2, Texts{more[0], "data.train.target"}));
  }
}

}  // namespace
}  // namespace ae
