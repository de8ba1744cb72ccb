// Run directories as ae-train once wrote them: today's programs use and resume them.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "integration/digits.h"

namespace ae {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

fs::path golden_run() { return fs::path(AE_SOURCE_DIR) / "tests/golden/runs/vae_digits"; }

/// A copy of the run, with its data and config beside it, as where it was made.
class GoldenRun : public testing::Test {
 protected:
  GoldenRun() {
    fs::copy(golden_run() / "run", place_ / "run",
             fs::copy_options::recursive | fs::copy_options::copy_symlinks);
    fs::copy_file(golden_run() / "config.json", place_ / "config.json");
    fs::copy_file(digits_csv(), place_ / "digits.csv");
  }

  ProgramResult run(const std::string& name, Arguments arguments) const {
    arguments.insert(arguments.end(), {"--device", "cpu"});
    return place_.run(name, arguments);
  }

  Workplace place_;
};

/// To within 1e-5: other processors round otherwise.
void expect_near_array(const fs::path& got, const fs::path& expected) {
  const Array found = read_array(got);
  const Array wanted = read_array(expected);
  ASSERT_EQ(found.shape, wanted.shape);
  ASSERT_EQ(found.rows, wanted.rows);
  double largest = 0;
  for (size_t i = 0; i < wanted.values.size(); ++i) {
    const double difference = std::abs(double{found.values[i]} - double{wanted.values[i]});
    if (!(difference <= largest)) largest = difference;  // NaN too
  }
  EXPECT_LE(largest, 1e-5) << expected;
}

/// The same elements, and at least the members; numbers that are not whole may differ by
/// `relative`.
void expect_near_json(const Json& got, const Json& expected, double relative) {
  if (expected.is_number_float()) {
    ASSERT_TRUE(got.is_number());
    const double wanted = expected.get<double>();
    EXPECT_NEAR(got.get<double>(), wanted, relative * std::abs(wanted));
    return;
  }
  if (!expected.is_structured()) {
    EXPECT_EQ(got, expected);
    return;
  }
  ASSERT_EQ(got.type(), expected.type());
  // Later versions may say more.
  if (expected.is_array()) {
    ASSERT_EQ(got.size(), expected.size());
  }
  for (const auto& [key, value] : expected.items()) {
    SCOPED_TRACE(key);
    if (expected.is_object()) {
      ASSERT_TRUE(got.contains(key));
    }
    expect_near_json(expected.is_object() ? got.at(key) : got.at(std::stoul(key)), value, relative);
  }
}

TEST_F(GoldenRun, EncodesAsItDid) {
  ASSERT_THAT(run("ae-encode", {"run", "--data", "digits.csv", "--out", "codes.npy"}), succeeds());
  expect_near_array(place_ / "codes.npy", golden_run() / "codes.npy");
}

TEST_F(GoldenRun, DrawsTheSamplesThatItDrew) {
  ASSERT_THAT(run("ae-sample", {"run", "--count", "20", "--seed", "3", "--out", "samples.npy"}),
              succeeds());
  expect_near_array(place_ / "samples.npy", golden_run() / "samples.npy");
}

TEST_F(GoldenRun, IsEvaluatedAsItWas) {
  const ProgramResult result = run("ae-eval", {"run", "--json"});
  ASSERT_THAT(result, succeeds());
  expect_near_json(Json::parse(result.out), read_json(golden_run() / "evaluation.json"), 1e-5);
}

TEST_F(GoldenRun, GoesOnAsItDid) {
  const std::string before = bytes_of(place_ / "run/metrics.jsonl");
  const ProgramResult result = run("ae-train", {"--config", "config.json", "--run-dir", "run",
                                                "--resume", "--set", "training.epochs=6"});
  ASSERT_THAT(result, succeeds());
  EXPECT_THAT(result.out, HasSubstr("resuming run after epoch 5"));
  EXPECT_TRUE(bytes_of(place_ / "run/metrics.jsonl").starts_with(before));
  const std::vector<Json> lines = read_timeless_metrics(place_ / "run/metrics.jsonl");
  const std::vector<Json> expected = read_metrics(golden_run() / "resumed.jsonl");
  ASSERT_EQ(expected.size(), 2U);
  ASSERT_EQ(lines.size(), 12U);
  for (size_t i = 0; i < 2; ++i) {
    SCOPED_TRACE(expected[i]["split"]);
    expect_near_json(lines[10 + i], expected[i], 1e-4);
  }
}

TEST_F(GoldenRun, IsFinished) {
  const ProgramResult result =
      run("ae-train", {"--config", "config.json", "--run-dir", "run", "--resume"});
  ASSERT_THAT(result, succeeds());
  EXPECT_THAT(result.out, HasSubstr("run is finished: 5 epochs"));
  EXPECT_EQ(bytes_of(place_ / "run/manifest.json"), bytes_of(golden_run() / "run/manifest.json"));
}

}  // namespace
}  // namespace ae
